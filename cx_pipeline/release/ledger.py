"""The verdicts of all checks and the snapshots they judged: what publishing believes.

It lies in the warehouse, beside the data it speaks of; Dagster's storage only shows a copy.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from cx_pipeline.expectations.verdict import Verdict
from cx_pipeline.release.fingerprint import fingerprint
from cx_pipeline.release.marts import Table
from cx_pipeline.warehouse import columns_of, content_hash_all, content_hashes, side_by_side

_TABLES = """
create schema if not exists ledger;
create table if not exists ledger.verdicts (
    check_name varchar, kind varchar, table_name varchar, severity varchar, blocking boolean,
    passed boolean, detail varchar, observed double, run_id varchar, judged_at timestamp,
    snapshot varchar, suite varchar, load bigint, number bigint
);
create table if not exists ledger.snapshots (
    run_id varchar, content_hash varchar, tables json, inputs_hash varchar, taken_at timestamp,
    as_of date, number bigint
);
create table if not exists ledger.publishes (
    audience varchar, publish varchar, run_id varchar, as_of date, content_hash varchar,
    published_at timestamp
);
"""


_TOLD = ("publish", "run_id", "as_of", "content_hash", "published_at")


@dataclass(frozen=True)
class Counted:
    """One table of a snapshot; facts also by month, so that a publish writes what changed.

    `rows_as_stored` tells cheaply that nothing of this has changed since; '' where nobody took it.
    """

    kind: str
    rows: int
    content_hash: str
    months: Mapping[str, str]
    rows_as_stored: str = field(default="", compare=False)


@dataclass(frozen=True)
class Snapshot:
    """What the published tables contained at one moment; `content_hash` is over the marts."""

    run_id: str
    as_of: date | None
    inputs_hash: str
    content_hash: str
    tables: Mapping[str, Counted]

    def hash_of(self, tables: Sequence[str]) -> str:
        """The hash a verdict about these tables stands for.

        A check of anything that is no mart (raw, entities, intermediate) stands for all of them.
        """
        marts = {n: c.content_hash for n, c in self.tables.items() if c.kind == "mart"}
        if not tables or any(name not in marts for name in tables):
            return self.content_hash
        if len(tables) == 1:
            return marts[tables[0]]
        return content_hash_all({name: marts[name] for name in tables})


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make the ledger's tables if they are missing."""
    con.execute(_TABLES)


def record(
    con: duckdb.DuckDBPyConnection,
    verdicts: Iterable[Verdict],
    *,
    run_id: str,
    snapshot: Snapshot | None = None,
) -> None:
    """Write verdicts; those that name no hash get that of their tables in `snapshot`."""
    prepare(con)
    first = _next(con, "verdicts")
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = []
    for number, verdict in enumerate(verdicts, first):
        judged = verdict.snapshot
        if snapshot is not None and not judged and verdict.load is None:
            judged = snapshot.hash_of(verdict.tables)
        told = (verdict.check_name, verdict.kind, verdict.table_name, verdict.severity)
        said = (verdict.blocking, verdict.passed, verdict.detail, verdict.observed)
        rows.append((*told, *said, run_id, now, judged, verdict.suite, verdict.load, number))
    if rows:
        places = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
        values = [value for row in rows for value in row]
        con.execute(f"insert into ledger.verdicts values {places}", values)


def latest(con: duckdb.DuckDBPyConnection) -> dict[str, Verdict]:
    """The newest verdict of each check of tables, by check name (not those of single files)."""
    prepare(con)
    rows = con.execute(
        """select check_name, table_name, passed, kind, severity, detail, observed, snapshot,
            blocking, suite
        from ledger.verdicts where load is null
        qualify row_number() over (partition by check_name order by number desc) = 1
        order by check_name"""
    ).fetchall()
    return {row[0]: Verdict(*row) for row in rows}


def count(
    con: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    before: Mapping[str, Counted] | None = None,
) -> dict[str, Counted]:
    """Rows and content hash of each table as it is now. Raises LookupError if one is missing.

    A table that holds the very rows it held in `before` is told as it was then.
    """

    def counted(own: duckdb.DuckDBPyConnection, table: Table) -> Counted:
        stored = _rows_as_stored(own, table)
        known = (before or {}).get(table.full_name)
        if known is not None and known.rows_as_stored == stored:
            return known
        digest, months = content_hashes(own, table.schema, table.name, by=table.month)
        rows = own.execute(f"select count(*) from {table.full_name}").fetchone()
        return Counted(table.kind, rows[0] if rows else 0, digest, months, stored)

    names = [table.full_name for table in tables]
    return dict(zip(names, side_by_side(con, counted, tables), strict=True))


def _rows_as_stored(con: duckdb.DuckDBPyConnection, table: Table) -> str:
    """Changes with the table's rows, its columns and their types, and what a month of it is."""
    columns = columns_of(con, table.schema, table.name)
    told = fingerprint(con, table.full_name, [name for name, _ in columns])
    return hashlib.sha256(repr([told, columns, table.kind, table.month]).encode()).hexdigest()[:32]


def hash_of_marts(counted: Mapping[str, Counted]) -> str:
    """The one content hash over all marts; process tables are outside."""
    return content_hash_all({n: c.content_hash for n, c in counted.items() if c.kind == "mart"})


def take_snapshot(
    con: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    *,
    run_id: str,
    as_of: date | None,
    inputs_hash: str = "",
    counted: Mapping[str, Counted] | None = None,
) -> Snapshot:
    """Write down what the marts contain now: that is what the verdicts of this run speak of.

    `counted` are those that this run counted and did not build.
    """
    prepare(con)
    marts = [table for table in tables if table.kind == "mart"]
    new = count(con, [table for table in marts if table.full_name not in (counted or {})])
    counted = {**(counted or {}), **new}
    snapshot = Snapshot(run_id, as_of, inputs_hash, hash_of_marts(counted), counted)
    told = json.dumps({name: asdict(table) for name, table in counted.items()})
    now = datetime.now(UTC).replace(tzinfo=None)
    con.execute(
        "insert into ledger.snapshots values (?, ?, ?, ?, ?, ?, ?)",
        [run_id, snapshot.content_hash, told, inputs_hash, now, as_of, _next(con, "snapshots")],
    )
    return snapshot


def last_snapshot(con: duckdb.DuckDBPyConnection) -> Snapshot | None:
    """The snapshot written last, or None."""
    prepare(con)
    row = con.execute(
        """select run_id, as_of, inputs_hash, content_hash, tables from ledger.snapshots
        order by number desc limit 1"""
    ).fetchone()
    if row is None:
        return None
    tables = {name: Counted(**told) for name, told in json.loads(row[4]).items()}
    run_id, as_of, inputs, digest, _ = row
    return Snapshot(run_id, as_of, inputs, digest, tables)


def store(
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    verdicts: Sequence[Verdict],
    tables: Sequence[Table],
    inputs_hash: str,
    as_of: date | None,
    *,
    stood: Sequence[Verdict] = (),
    counted: Mapping[str, Counted] | None = None,
) -> Snapshot:
    """Take the snapshot of a transform and write its verdicts for it.

    `stood` are verdicts on what this run did not touch, `counted` such marts. What was said of
    single marts stands for their content; what was said of other tables is said of this one too.
    A transform of some tables only leaves no inputs hash: the next whole one must not be skipped.
    """
    snapshot = take_snapshot(
        con, tables, run_id=run_id, as_of=as_of, inputs_hash=inputs_hash, counted=counted
    )
    carried = [v.of("") for v in stood if snapshot.hash_of(v.tables) == snapshot.content_hash]
    record(con, [*verdicts, *carried], run_id=run_id, snapshot=snapshot)
    return snapshot


def record_publishes(
    con: duckdb.DuckDBPyConnection, audience: str, manifests: Iterable[Mapping[str, Any]]
) -> None:
    """Enter publishes that the ledger does not know yet, from their manifests."""
    prepare(con)
    for told in manifests:
        con.execute(
            """insert into ledger.publishes
            select $1, $2, $3, cast($4 as date), $5, cast($6 as timestamptz)::timestamp
            where not exists (
                from ledger.publishes where audience = $1 and publish = $2
            )""",
            [audience, *(told[key] for key in _TOLD)],
        )


# ---- history -----------------------------------------------------------------------------


def rows_before(
    con: duckdb.DuckDBPyConnection, as_of: date | None, nights: int = 7
) -> dict[str, list[int]]:
    """Row counts of each mart in the last nights before `as_of`, the newest first.

    Nights are ordered by their `as_of`, not by when they ran: a day computed again compares
    with the days before it.
    """
    prepare(con)
    rows = con.execute(
        """select tables from ledger.snapshots where as_of < ?
        qualify row_number() over (partition by as_of order by number desc) = 1
        order by as_of desc limit ?""",
        [as_of, nights],
    ).fetchall()
    history: dict[str, list[int]] = {}
    for (told,) in rows:
        for name, counted in json.loads(told).items():
            history.setdefault(name, []).append(counted["rows"])
    return history


def _next(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"select coalesce(max(number), 0) + 1 from ledger.{table}").fetchone()
    return int(row[0]) if row else 1
