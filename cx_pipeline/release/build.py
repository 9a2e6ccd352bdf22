"""The files of a publish: one DuckDB file that old readers open, and Parquet beside it."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import duckdb

from cx_pipeline.release.ledger import Counted
from cx_pipeline.release.marts import EVENT_FACTS, Table
from cx_pipeline.release.shelf import DATABASE, file_entry, read_manifest
from cx_pipeline.warehouse import columns_of, quoted

# Raised when a file's layout changes, so that months of an older layout are written anew.
_LAYOUT = 1
_MONTHS_IN_DATABASE = 13
# Written by 2.0 this way, a file opens in 1.1.3 as well (STACK.md); drivers of BI tools lag.
_STORAGE = "v1.0.0"
_Job = TypeVar("_Job")
_Done = TypeVar("_Done")


@dataclass(frozen=True)
class Build:
    """One publish in the making: what is written where, and from which warehouse."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    audience_key: str
    as_of: date
    previous: Path | None
    compression: str = "zstd"
    threads: int = 2

    def tables(
        self, tables: Sequence[Table], counted: Mapping[str, Counted]
    ) -> dict[str, dict[str, Any]]:
        """Write all tables and return their manifest entries by name."""
        largest_first = sorted(tables, key=lambda table: -counted[table.full_name].rows)
        parts = [part for table in largest_first for part in _parts(table, counted)]
        with self._rekeyed(tables), self._database():
            self._at_once(self._into_database, largest_first)
            self._told(tables)
            files = dict(zip(parts, self._at_once(self._file, parts), strict=True))
        return {table.name: self._entry(table, counted[table.full_name], files) for table in tables}

    def _at_once(
        self, do: Callable[[duckdb.DuckDBPyConnection, _Job], _Done], jobs: Sequence[_Job]
    ) -> list[_Done]:
        """Several jobs side by side, each with a connection of its own.

        DuckDB sorts, packs and writes a table of a few 100,000 rows with one thread: side by
        side, two cores are used.
        """

        def done(job: _Job) -> _Done:
            with self.con.cursor() as own:
                return do(own, job)

        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(done, jobs))

    @contextmanager
    def _rekeyed(self, tables: Sequence[Table]) -> Iterator[None]:
        """A table of each person key and token, and what this audience gets instead.

        HMAC-like (two rounds of SHA-256) with a key that is a parameter, never part of a query.
        In a database in memory, not a temporary table: all connections see it.
        """
        values = [
            f"select {quoted(name)} as token from {table.full_name}"
            for table in tables
            for name in table.rekeyed
        ]
        self.con.execute("attach ':memory:' as keys")
        self.con.execute("set variable audience_key = ?", [self.audience_key])
        try:
            self.con.execute(
                f"""create table keys.rekeyed as
                select token, substr(sha256(getvariable('audience_key')
                    || sha256(getvariable('audience_key') || token)), 1, 32) as audience_token
                from (select distinct token
                      from ({" union all ".join(values) or "select null as token"}))
                where token is not null"""
            )
            self.con.execute("reset variable audience_key")
            yield
        finally:
            self.con.execute("reset variable audience_key")
            self.con.execute("detach keys")

    @contextmanager
    def _database(self) -> Iterator[None]:
        """The file, attached; what is read from it comes in the order it was written in."""
        path = str(self.folder / DATABASE).replace("'", "''")
        self.con.execute(f"attach '{path}' as publish (storage_version '{_STORAGE}')")
        try:
            self.con.execute("create schema publish.process")
            self.con.execute("set preserve_insertion_order = true")
            yield
        finally:
            self.con.execute("set preserve_insertion_order = false")  # as `connect` sets it
            self.con.execute("detach publish")

    def _select(self, table: Table, where: str = "true") -> str:
        """The table's rows with this audience's keys, in one order."""
        columns, joins = [], []
        for place, column in enumerate(table.columns):
            name = quoted(column.name)
            if column.is_rekeyed:
                joins.append(f"left join keys.rekeyed as r{place} on r{place}.token = t.{name}")
                columns.append(f"r{place}.audience_token as {name}")
            else:
                columns.append(f"t.{name}")
        ordered = ", ".join(quoted(name) for name in table.order)
        return (
            f"select * from (select {', '.join(columns)} from {table.full_name} as t "
            f"{' '.join(joins)}) where {where} order by {ordered}"
        )

    def _into_database(self, con: duckdb.DuckDBPyConnection, table: Table) -> None:
        where = "true"
        if table.name in EVENT_FACTS and table.month_by:
            where = f"{quoted(table.month_by)} >= date '{self._first_month}-01'"
        con.execute(f"create table {_stored(table)} as {self._select(table, where)}")

    def _told(self, tables: Sequence[Table]) -> None:
        """Comments and views, in one commit."""
        self.con.execute("begin transaction")
        for table in tables:
            self.con.execute(_comments(table))
        self._views(tables)
        self.con.execute("commit")

    @property
    def _first_month(self) -> str:
        """The month `_MONTHS_IN_DATABASE` before that of `as_of`."""
        months = self.as_of.year * 12 + self.as_of.month - 1 - _MONTHS_IN_DATABASE
        return f"{months // 12:04d}-{months % 12 + 1:02d}"

    def _views(self, tables: Sequence[Table]) -> None:
        """`next_touchpoints`: what came after each touchpoint, told by a view, never stored."""
        wanted = {"person_id", "step", "touchpoint_id", "kind", "occurred_at"}
        for table in tables:
            names = {column.name for column in table.columns}
            if table.full_name == "marts.fct_touchpoints" and wanted <= names:
                self.con.execute(
                    """create view publish.main.next_touchpoints as
                    select touchpoint_id, person_id, step, kind, occurred_at,
                        lead(touchpoint_id) over person as next_touchpoint_id,
                        lead(kind) over person as next_kind,
                        lead(occurred_at) over person as next_at,
                        (epoch_us(lead(occurred_at) over person) - epoch_us(occurred_at)) // 1000000
                            as seconds_to_next
                    from main.fct_touchpoints where person_id is not null
                    window person as (partition by person_id order by step)"""
                )

    # ---- Parquet -------------------------------------------------------------------------

    def _entry(
        self, table: Table, counted: Counted, files: Mapping["_Part", dict[str, Any]]
    ) -> dict[str, Any]:
        told = {"kind": table.kind, "rows": counted.rows, "content_hash": counted.content_hash}
        own = [files[part] for part in _parts(table, {table.full_name: counted})]
        return {**told, "layout": self._layout(self.con, table), "files": own}

    def _file(self, con: duckdb.DuckDBPyConnection, part: "_Part") -> dict[str, Any]:
        table = part.table
        month = f"{part.month}/" if table.month_by and part.month is not None else ""
        path = self.folder / "parquet" / table.name / f"{month}{table.name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self._link(con, part, path):
            self._copy(con, part, path)
        return {**file_entry(self.folder, path), "content_hash": part.content_hash}

    def _copy(self, con: duckdb.DuckDBPyConnection, part: "_Part", path: Path) -> None:
        """From the database just written, whose rows are in order; a month it no longer holds
        from the warehouse.
        """
        table, month = part.table, part.month if part.table.month_by else None
        where = _in_month(table, month) if month else "true"
        rows = f"from {_stored(table)} where {where}"
        if month and table.name in EVENT_FACTS and not self._first_month <= month < "undated":
            rows = self._select(table, where)
        target = str(path).replace("'", "''")
        con.execute(f"copy ({rows}) to '{target}' (format parquet, compression {self.compression})")

    def _link(self, con: duckdb.DuckDBPyConnection, part: "_Part", path: Path) -> bool:
        """Take the file over from the last publish if it holds the same, undamaged."""
        if self.previous is None:
            return False
        name = path.relative_to(self.folder).as_posix()
        told = self._before.get(name)
        if told is None or told["content_hash"] != part.content_hash:
            return False
        if told["layout"] != self._layout(con, part.table):
            return False
        old = self.previous / name
        try:
            with old.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != told["sha256"]:
                    return False
            try:
                os.link(old, path)
            except OSError:  # a file system without hard links
                shutil.copyfile(old, path)
        except OSError:
            return False
        return True

    @cached_property
    def _before(self) -> dict[str, dict[str, Any]]:
        told = read_manifest(self.previous) if self.previous else {}
        return {
            entry["path"]: {**entry, "layout": table.get("layout")}
            for table in told.get("tables", {}).values()
            for entry in table["files"]
        }

    def _layout(self, con: duckdb.DuckDBPyConnection, table: Table) -> str:
        """Changes whenever the same rows would be written differently."""
        key = hashlib.sha256(f"id of {self.audience_key}".encode()).hexdigest()
        actual = columns_of(con, table.schema, table.name)
        names = [column.name for column in table.columns]
        told = [_LAYOUT, duckdb.__version__, self.compression, key, table.order, actual, names]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


class _Part(NamedTuple):
    """One Parquet file to be: a table, or one month of it."""

    table: Table
    month: str | None
    content_hash: str


def _parts(table: Table, counted: Mapping[str, Counted]) -> list[_Part]:
    """An empty table has one file, without rows."""
    told = counted[table.full_name]
    months = [_Part(table, month, digest) for month, digest in sorted(told.months.items())]
    return months or [_Part(table, None, told.content_hash)]


def _stored(table: Table) -> str:
    return f"publish.{table.published_schema}.{quoted(table.name)}"


def _comments(table: Table) -> str:
    """SQL that writes what the contract says of the table into the file; one call, not hundreds."""

    def told(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    target = _stored(table)
    lines = [f"comment on table {target} is {told(table.description)}"]
    for column in table.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        words = told(column.description + unit)
        lines.append(f"comment on column {target}.{quoted(column.name)} is {words}")
    return ";\n".join(lines)


def _in_month(table: Table, month: str) -> str:
    """Literal bounds, so that only the blocks of this month are read."""
    name = quoted(table.month_by or "")
    if month == "undated":
        return f"{name} is null"
    year, number = int(month[:4]), int(month[5:])
    following = f"{year + number // 12:04d}-{number % 12 + 1:02d}"
    return f"{name} >= date '{month}-01' and {name} < date '{following}-01'"
