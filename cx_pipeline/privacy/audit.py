"""The audit chain: one line an act, each bound to the line before it by its hash."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cx_pipeline.privacy.anchor import Anchor

_START = "0" * 64


class AuditFault(Exception):
    """The chain does not hold; the message names the line."""


@dataclass(frozen=True)
class Act:
    """One line of the chain: who did what, when, with which details."""

    line: int
    at: datetime
    actor: str
    action: str
    detail: Mapping[str, str]


@dataclass(frozen=True)
class Broken:
    """The first line that is not what was written there, and what became of it."""

    line: int
    how: str

    def __str__(self) -> str:
        return f"line {self.line} of the audit chain {self.how}"


class Audit:
    """Append-only JSON lines; changing, removing or reordering one breaks every hash after it.

    The hash of each line is kept in `vault` too (the file beside the chain, unless another is
    named), so that lines cut from the end are missed.
    """

    def __init__(self, path: Path, vault: Path | None = None) -> None:
        self._path = path
        self._anchor = Anchor(vault or path.with_name("vault.sqlite"))

    def append(
        self,
        actor: str,
        action: str,
        detail: Mapping[str, str],
        *,
        at: datetime | None = None,
        allowed: Callable[[Sequence[Act]], None] | None = None,
    ) -> int:
        """Write one act and return its line; on the disk when this returns.

        `detail` holds tokens and names of things, never a personal value. `allowed` sees all acts
        before, while no other can be written, and raises where this one may not be. Not to be
        called while this process has values in the vault that are not committed: it would wait
        for itself. Raises LockHeld, KeyFault (of the vault), AuditFault.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked() as chain, self._anchor.writing() as anchor:
            text = chain.read()
            lines = _lines(text)
            if allowed:
                allowed(_acts(lines))
            act: dict[str, Any] = {
                "line": len(lines) + 1,
                "at": (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
                "actor": actor,
                "action": action,
                "detail": dict(detail),
            }
            act["hash"] = _link(self._last(lines), act)
            start = "" if text.endswith("\n") or not text else "\n"
            chain.write(f"{start}{_written(act)}\n")
            chain.flush()
            os.fsync(chain.fileno())
            self._anchor.keep(anchor, act["line"], act["hash"])
            return len(lines) + 1

    def acts(self, actions: Collection[str] = ()) -> list[Act]:
        """Every act that can be read, or those with one of `actions`; `broken` names what cannot.

        To ask for few actions is cheap: no other line is parsed.
        """
        signs = [f'"action": {json.dumps(action, ensure_ascii=False)}' for action in actions]
        told = _acts(self._read(), signs)
        return [act for act in told if not actions or act.action in actions]

    def ready(self) -> None:
        """Raise AuditFault where no act could follow the last line."""
        self._last(self._read())

    def broken(self) -> Broken | None:
        """The first line that was changed, removed, reordered or cut, or None."""
        kept = self._anchor.kept()  # first: a line that is written meanwhile is then only new
        lines = self._read()
        before = _START
        for number, line in enumerate(lines, 1):
            told = _parsed(line)
            if told is None or _written(told) != line:
                return Broken(number, "was changed")
            if (says := told.get("line", number)) != number:
                is_lost = number not in _numbers(lines) and says > number
                return Broken(number, "was removed" if is_lost else "stands out of order")
            own = told.pop("hash")
            if own != _link(before, told):
                return Broken(number, "was changed")
            if kept.get(number, own) != own:
                return Broken(number, "was written anew: the vault knows another one")
            before = own
        if len(lines) < (length := max(kept, default=0)):
            return Broken(len(lines) + 1, f"was cut from the end: {length} were written")
        return None

    def verify(self) -> int | None:
        """The number of the first line that is not what was written there, or None."""
        found = self.broken()
        return found.line if found else None

    @contextmanager
    def _locked(self) -> Iterator[IO[str]]:
        own = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(own, "a+", encoding="utf-8", errors="replace", newline="") as chain:
            fcntl.flock(chain, fcntl.LOCK_EX)
            chain.seek(0)
            yield chain

    def _read(self) -> list[str]:
        if not self._path.exists():
            return []
        return _lines(self._path.read_bytes().decode("utf-8", "replace"))

    def _last(self, lines: Sequence[str]) -> str:
        if not lines:
            return _START
        told = _parsed(lines[-1])
        if told is None:
            raise AuditFault(
                f"line {len(lines)} of the audit chain {self._path} cannot be read: nothing was "
                "done; see cx audit verify, and put a copy of the chain back"
            )
        return str(told["hash"])


def _lines(text: str) -> list[str]:
    lines = text.split("\n")  # no other sign ends a line: a purpose may hold U+2028
    return lines if lines[-1] else lines[:-1]


def _numbers(lines: Sequence[str]) -> set[int]:
    """The line numbers that the lines tell of themselves."""
    return {told["line"] for told in map(_parsed, lines) if told and "line" in told}


def _acts(lines: Sequence[str], signs: Sequence[str] = ()) -> list[Act]:
    """The acts of all lines, or of those that hold one of `signs`."""
    told = [
        (number, _parsed(line))
        for number, line in enumerate(lines, 1)
        if not signs or any(sign in line for sign in signs)
    ]
    return [
        Act(number, datetime.fromisoformat(a["at"]), a["actor"], a["action"], a["detail"])
        for number, a in told
        if a is not None
    ]


def _parsed(line: str) -> dict[str, Any] | None:
    """The act of one line, or None where it has not the shape of one."""
    try:
        told: dict[str, Any] = json.loads(line)
        is_act = datetime.fromisoformat(told["at"]).tzinfo is not None
        is_act &= all(isinstance(told[key], str) for key in ("actor", "action", "hash"))
        is_act &= isinstance(told["detail"], dict) and isinstance(told.get("line", 0), int)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return told if is_act else None


def _written(act: Mapping[str, object]) -> str:
    return json.dumps(act, ensure_ascii=False)


def _link(before: str, act: Mapping[str, object]) -> str:
    text = json.dumps(act, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
