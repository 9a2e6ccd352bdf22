"""The register of requests: who asked for which right, by when, and what came of it."""

import json
import sqlite3
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cx_pipeline.landing.corrections import Correction
from cx_pipeline.privacy.tombstones import Identifier
from cx_pipeline.privacy.vault_fault import PATIENCE
from cx_pipeline.rights.law import DAYS, EXTENSION
from cx_pipeline.rights.person import RightRefused

# What a restriction is for: nothing may be done with the rows but keep them.
EVERYTHING = "everything"
_SCHEMA = """
create table if not exists requests (
    request text primary key, right text not null, actor text not null, verified_by text not null,
    received_at text not null, due_at text not null, closed_at text, outcome text, todo text
) without rowid;
create table if not exists extensions (
    request text primary key, reason text not null, extended_at text not null
) without rowid;
create table if not exists subjects (
    request text not null, kind text not null, told text not null,
    primary key (request, kind, told)
) without rowid;
create table if not exists restrictions (
    request text not null, purpose text not null, since text not null, until text,
    primary key (request, purpose)
) without rowid;
create table if not exists corrections (
    number integer primary key, request text not null, source text not null,
    table_name text not null, column_name text not null, was text, now text
);
"""


@dataclass(frozen=True)
class Request:
    """One request. What it has to do yet (`todo`) names its person; its row here does not."""

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

    def state(self, now: datetime) -> str:
        """open, overdue or closed."""
        return "closed" if self.closed_at else "overdue" if self.is_overdue(now) else "open"


@dataclass(frozen=True)
class Restriction:
    """What one person's identifiers may not be used for: EVERYTHING, or one purpose."""

    request: str
    kind: str
    told: str
    purpose: str
    since: str


class Register:
    """Requests in `state/register.sqlite`, readable by its owner only.

    Whom a request is about stands in a table of its own, by token, until the person is erased: so
    that an access tells it, and a restriction finds its rows after they have left the marts.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def receive(
        self,
        right: str,
        actor: str,
        verified_by: str,
        now: datetime,
        todo: Mapping[str, Any] | None = None,
        *,
        about: Iterable[Identifier] = (),
        purposes: Collection[str] = (),
        corrections: Sequence[Correction] = (),
    ) -> Request:
        """Write down a request, and what follows from it; on the disk when this returns.

        `about` are its person's identifiers: tokens of kind "", plain ids of `<source>.<column>`.
        """
        told = Request(
            uuid.uuid4().hex[:12], right, actor, verified_by, now,
            now + timedelta(days=DAYS[right]), None, None, todo,
        )  # fmt: skip
        name, at = told.request, now.isoformat()
        with self._writing() as con:
            con.execute(
                "insert into requests values (?, ?, ?, ?, ?, ?, null, null, ?)",
                [
                    name, right, actor, verified_by, at,
                    told.due_at.isoformat(), json.dumps(todo) if todo is not None else None,
                ],
            )  # fmt: skip
            con.executemany(
                "insert or ignore into subjects values (?, ?, ?)", [(name, *one) for one in about]
            )
            con.executemany(
                "insert into restrictions values (?, ?, ?, null)",
                [(name, purpose, at) for purpose in purposes],
            )
            con.executemany(
                "insert into corrections values (null, ?, ?, ?, ?, ?, ?)",
                [(name, c.source, c.table, c.column, c.was, c.now) for c in corrections],
            )
            for one in corrections:  # a token that takes the place of a restricted one is it too
                con.execute(
                    """insert or ignore into subjects select s.request, s.kind, ?
                    from subjects as s join restrictions as r using (request)
                    where s.told = ? and s.kind = '' and ? is not null""",
                    [one.now, one.was, one.now],
                )
        return told

    def carry(self, request: str, todo: Mapping[str, Any]) -> None:
        """What is left to do for a request, instead of what was."""
        with self._writing() as con:
            con.execute(
                "update requests set todo = ? where request = ?", [json.dumps(todo), request]
            )

    def close(self, request: str, outcome: str, now: datetime) -> None:
        """The request is dealt with: nothing is left to do."""
        with self._writing() as con:
            con.execute(
                "update requests set closed_at = ?, outcome = ?, todo = null where request = ?",
                [now.isoformat(), outcome, request],
            )

    def extend(self, request: str, reason: str, now: datetime) -> Request:
        """Two months more for a complex request, once, before its day. Raises RightRefused."""
        told = self.one(request)
        if told.closed_at:
            raise RightRefused(f"request {request} is closed: there is nothing to extend")
        if told.is_overdue(now):
            raise RightRefused(
                f"request {request} is overdue: the law extends it only before its day; answer it"
            )
        if told.right not in EXTENSION:
            raise RightRefused(f"the law gives no more time for {told.right}: carry it out")
        due = told.due_at + timedelta(days=EXTENSION[told.right])
        with self._writing() as con:
            done = con.execute(
                "insert or ignore into extensions values (?, ?, ?)",
                [request, reason, now.isoformat()],
            )
            if not done.rowcount:
                raise RightRefused(f"request {request} was extended before: the law allows it once")
            con.execute(
                "update requests set due_at = ? where request = ?", [due.isoformat(), request]
            )
        return self.one(request)

    def lift(self, requests: Collection[str], now: datetime) -> None:
        """What these requests restrict is free again."""
        with self._writing() as con:
            con.executemany(
                "update restrictions set until = ? where request = ? and until is null",
                [(now.isoformat(), request) for request in requests],
            )

    def forget(self, tokens: Collection[str]) -> None:
        """Who is erased stands here no more, nor what they asked to be corrected."""
        if not self._path.exists():
            return
        with self._writing() as con:
            for name in {name for name, _, told in self._subjects() if told in set(tokens)}:
                for table in ("subjects", "restrictions", "corrections"):
                    con.execute(f"delete from {table} where request = ?", [name])

    def requests(self) -> list[Request]:
        """Every request, the oldest first."""
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
            for request, right, actor, verified_by, received, due, closed, outcome, todo in (
                self._rows("select * from requests order by received_at, request")
            )
        ]

    def one(self, request: str) -> Request:
        """The request of this id. Raises RightRefused."""
        for told in self.requests():
            if told.request == request:
                return told
        raise RightRefused(f"there is no request {request}; see: cx subject status")

    def about(self, tokens: Collection[str]) -> list[Request]:
        """Requests about whoever holds one of the tokens, the oldest first."""
        names = {name for name, _, told in self._subjects() if told in set(tokens)}
        return [request for request in self.requests() if request.request in names]

    def unfinished(self) -> list[Request]:
        """Requests whose work was begun and not ended."""
        return [request for request in self.requests() if request.todo is not None]

    def overdue(self, now: datetime | None = None) -> list[Request]:
        """Open requests whose day has passed."""
        at = now or datetime.now(UTC)
        return [request for request in self.requests() if request.is_overdue(at)]

    def restrictions(self) -> list[Restriction]:
        """Every restriction that stands, one for each identifier it holds for."""
        return [
            Restriction(*row)
            for row in self._rows(
                """select request, kind, told, purpose, since from restrictions
                join subjects using (request) where until is null order by 1, 2, 3, 4"""
            )
        ]

    def corrections(self) -> list[Correction]:
        """Every correction, in the order they were asked for."""
        about: dict[str, list[Identifier]] = {}
        for request, kind, told in self._subjects():
            about.setdefault(request, []).append((kind, told))
        rows = self._rows(
            """select request, source, table_name, column_name, was, now from corrections
            order by number"""
        )
        return [
            Correction(source, table, column, was, now, tuple(sorted(about.get(request, ()))))
            for request, source, table, column, was, now in rows
        ]

    def with_restricted(self, tokens: Collection[str]) -> list[str]:
        """The tokens, and all others of whoever is restricted: the marts know them no more."""
        standing = [r for r in self.restrictions() if r.purpose == EVERYTHING and not r.kind]
        names = {one.request for one in standing if one.told in set(tokens)}
        return sorted({*tokens, *(one.told for one in standing if one.request in names)})

    def _subjects(self) -> list[tuple[str, str, str]]:
        return self._rows("select request, kind, told from subjects")

    def _rows(self, query: str) -> list[Any]:
        if not self._path.exists():
            return []
        with self._opened() as con:
            return con.execute(query).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as con:
            con.execute("begin immediate")
            yield con
            con.execute("commit")  # what raises before is rolled back as the file is closed

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
