"""The audit chain: one line an act, each bound to the line before it by its hash."""

import fcntl
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

_START = "0" * 64


class Audit:
    """Append-only JSON lines; changing, removing or reordering one breaks every hash after it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, actor: str, action: str, detail: Mapping[str, str]) -> None:
        """Write one act. `detail` holds tokens and names of things, never a personal value."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+", encoding="utf-8") as chain:
            fcntl.flock(chain, fcntl.LOCK_EX)
            chain.seek(0)
            before = _START
            for line in chain:
                before = json.loads(line)["hash"]
            act = {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "actor": actor,
                "action": action,
                "detail": dict(detail),
            }
            act["hash"] = _link(before, act)
            chain.write(json.dumps(act, ensure_ascii=False) + "\n")

    def verify(self) -> int | None:
        """The number of the first line that does not follow from the line before it, or None."""
        before = _START
        if not self._path.exists():
            return None
        for number, line in enumerate(self._path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                act = json.loads(line)
                told = act.pop("hash")
            except (ValueError, KeyError):
                return number
            if told != _link(before, act):
                return number
            before = told
        return None


def _link(before: str, act: Mapping[str, object]) -> str:
    text = json.dumps(act, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
