"""The register of requests: who asked for which right, by when, and what came of it."""

import json
import sqlite3
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cx_pipeline.privacy.tombstones import Identifier
from cx_pipeline.privacy.vault_fault import PATIENCE

# Days by law: one month (GDPR, article 12), of which the shortest has 28 days; 15 business days
# for an opt-out of sale (CCPA, section 7026), counted as 15 days: never later than the law.
DAYS = {
    "access": 28,
    "export": 28,
    "rectify": 28,
    "restrict": 28,
    "object": 28,
    "erase": 28,
    "opt-out-of-sale": 15,
}
_SCHEMA = """
create table if not exists requests (
    request text primary key, right text not null, actor text not null, verified_by text not null,
    received_at text not null, due_at text not null, closed_at text, outcome text, todo text
) without rowid;
"""


@dataclass(frozen=True)
class Request:
    """One request. It names its person only while there is something left to do (`todo`)."""

    request: str
    right: str
    actor: str
    verified_by: str
    received_at: datetime
    due_at: datetime
    closed_at: datetime | None
    outcome: str | None
    todo: Mapping[str, Any] | None

    def is_overdue(self, now: datetime) -> bool:
        return self.closed_at is None and now > self.due_at


class Register:
    """Requests in `state/register.sqlite`, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def receive(
        self,
        right: str,
        actor: str,
        verified_by: str,
        now: datetime,
        todo: Mapping[str, Any] | None = None,
    ) -> Request:
        """Write down a request before anything is done for it; on the disk when this returns."""
        told = Request(
            uuid.uuid4().hex[:12], right, actor, verified_by, now,
            now + timedelta(days=DAYS[right]), None, None, todo,
        )  # fmt: skip
        with self._opened() as con:
            con.execute(
                "insert into requests values (?, ?, ?, ?, ?, ?, null, null, ?)",
                [
                    told.request, right, actor, verified_by, now.isoformat(),
                    told.due_at.isoformat(), json.dumps(todo) if todo is not None else None,
                ],
            )  # fmt: skip
        return told

    def carry(self, request: str, todo: Mapping[str, Any]) -> None:
        """What is left to do for a request, instead of what was."""
        with self._opened() as con:
            con.execute(
                "update requests set todo = ? where request = ?", [json.dumps(todo), request]
            )

    def close(self, request: str, outcome: str, now: datetime) -> None:
        """The request is dealt with: from here on it names nobody."""
        with self._opened() as con:
            con.execute(
                "update requests set closed_at = ?, outcome = ?, todo = null where request = ?",
                [now.isoformat(), outcome, request],
            )

    def requests(self) -> list[Request]:
        """Every request, the oldest first."""
        if not self._path.exists():
            return []
        with self._opened() as con:
            rows = con.execute("select * from requests order by received_at, request").fetchall()
        return [
            Request(
                request,
                right,
                actor,
                verified_by,
                datetime.fromisoformat(received),
                datetime.fromisoformat(due),
                datetime.fromisoformat(closed) if closed else None,
                outcome,
                json.loads(todo) if todo else None,
            )
            for request, right, actor, verified_by, received, due, closed, outcome, todo in rows
        ]

    def unfinished(self, rights: Collection[str] = ("erase",)) -> list[Request]:
        """Requests whose work was begun and not ended."""
        return [r for r in self.requests() if r.right in rights and r.todo is not None]

    def overdue(self, now: datetime | None = None) -> list[Request]:
        """Open requests whose day has passed."""
        at = now or datetime.now(UTC)
        return [request for request in self.requests() if request.is_overdue(at)]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)) as con:
            con.execute("pragma secure_delete = on")
            con.execute("pragma synchronous = full")
            con.executescript(_SCHEMA)
            self._path.chmod(0o600)
            yield con


def identifiers_of(todo: Mapping[str, Any]) -> list[Identifier]:
    """(kind, value) pairs that a request has to work on."""
    return [(kind, value) for kind, value in todo.get("plain", ())]
