"""The files of a publish: one DuckDB file that old readers open, and Parquet beside it."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from cx_pipeline.purposes import NEEDING_CONSENT
from cx_pipeline.release.ledger import Counted
from cx_pipeline.release.marts import EVENT_FACTS, Table
from cx_pipeline.release.patch import holds_who_left, patch
from cx_pipeline.release.shelf import DATABASE, file_entry, read_manifest
from cx_pipeline.release.told import comments, stored, view
from cx_pipeline.warehouse import columns_of, quoted, side_by_side

# Raised when a file's layout changes, so that months of an older layout are written anew.
_LAYOUT = 1
_MONTHS_IN_DATABASE = 13
# Written by 2.0 this way, a file opens in 1.1.3 as well (STACK.md); drivers of BI tools lag.
_STORAGE = "v1.0.0"


@dataclass
class Build:
    """One publish in the making: what is written where, and from which warehouse.

    `base` is a database to begin with, and `holds` what stands in it, as `stamps` told it; both
    are empty once it is found unfit. Tables written `whole` have their rows in order there.
    """

    con: duckdb.DuckDBPyConnection
    folder: Path
    audience_key: str
    as_of: date
    previous: Path | None
    compression: str = "zstd"
    base: Path | None = None
    holds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    _layouts: dict[str, str] = field(default_factory=dict, init=False)

    def tables(
        self,
        tables: Sequence[Table],
        counted: Mapping[str, Counted],
        meanwhile: Callable[[duckdb.DuckDBPyConnection], object] = lambda con: None,
    ) -> dict[str, dict[str, Any]]:
        """Write all tables and return their manifest entries by name.

        `meanwhile` is called with a connection to the database while the Parquet is written.
        """
        largest_first = sorted(tables, key=lambda table: -counted[table.full_name].rows)
        parts = [part for table in largest_first for part in _parts(table, counted)]
        stamps = self.stamps(tables, counted)
        new = [t for t in largest_first if self.holds.get(t.name) != stamps[t.name]]
        with self._rekeyed(tables):
            asking = [t for t in new if t.purpose in NEEDING_CONSENT and t.name in self.holds]
            rows = {table.name: self._select(table) for table in tables}
            if self.base and holds_who_left(self.con, self.base, [t.name for t in asking], rows):
                self.base, self.holds, new = None, {}, largest_first
            with self._database():
                side_by_side(self.con, self._into_database, new)
                self._told([table for table in new if table.name in self.whole])
                with ThreadPoolExecutor(1) as beside, self.con.cursor() as own:
                    own.execute("use publish")
                    done = beside.submit(meanwhile, own)
                    made = side_by_side(self.con, self._file, parts)
                    done.result()
        files = dict(zip(parts, made, strict=True))
        return {table.name: self._entry(table, counted[table.full_name], files) for table in tables}

    def stamps(
        self, tables: Sequence[Table], counted: Mapping[str, Counted]
    ) -> dict[str, list[str]]:
        """How each table stands in the database, and what of it: for the next to begin with."""
        return {
            table.name: [
                self._layout(self.con, table),
                self._first_month if table.name in EVENT_FACTS else "",
                counted[table.full_name].content_hash,
            ]
            for table in tables
        }

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
        if self.base:
            shutil.copyfile(self.base, self.folder / DATABASE)
        self.con.execute(f"attach '{path}' as publish (storage_version '{_STORAGE}')")
        try:
            self.con.execute("create schema if not exists publish.process")
            self.con.execute("set preserve_insertion_order = true")
            yield
        finally:
            self.con.execute("set preserve_insertion_order = false")  # as `connect` sets it
            self.con.execute("detach publish")

    def _select(self, table: Table, where: str = "true") -> str:
        """The table's rows with this audience's keys."""
        columns, joins = [], []
        for place, column in enumerate(table.columns):
            name = quoted(column.name)
            if column.is_rekeyed:
                joins.append(f"left join keys.rekeyed as r{place} on r{place}.token = t.{name}")
                columns.append(f"r{place}.audience_token as {name}")
            else:
                columns.append(f"t.{name}")
        return (
            f"select * from (select {', '.join(columns)} from {table.full_name} as t "
            f"{' '.join(joins)}) where {where}"
        )

    def _into_database(self, con: duckdb.DuckDBPyConnection, table: Table) -> None:
        where = "true"
        if table.name in EVENT_FACTS and table.month_by:
            where = f"{quoted(table.month_by)} >= date '{self._first_month}-01'"
        rows, names = self._select(table, where), [column.name for column in table.columns]
        as_before = self.holds.get(table.name, [""])[0] == self._layout(con, table)
        if not (as_before and patch(con, stored(table), rows, names)):
            con.execute(f"create or replace table {stored(table)} as {rows} {_ordered(table)}")
            self.whole.add(table.name)

    def _told(self, tables: Sequence[Table]) -> None:
        """Comments and views, in one commit."""
        self.con.execute("begin transaction")
        for table in tables:
            self.con.execute(comments(table))
            if made := view(table):
                self.con.execute(made)
        self.con.execute("commit")

    @property
    def _first_month(self) -> str:
        """The month `_MONTHS_IN_DATABASE` before that of `as_of`."""
        months = self.as_of.year * 12 + self.as_of.month - 1 - _MONTHS_IN_DATABASE
        return f"{months // 12:04d}-{months % 12 + 1:02d}"

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
        """From the database just written, whose rows are in order if it was written whole; a month
        it no longer holds from the warehouse.
        """
        table, month = part.table, part.month if part.table.month_by else None
        where = _in_month(table, month) if month else "true"
        rows = f"from {stored(table)} where {where}"
        if month and table.name in EVENT_FACTS and not self._first_month <= month < "undated":
            rows = f"{self._select(table, where)} {_ordered(table)}"
        elif table.name not in self.whole:
            rows = f"{rows} {_ordered(table)}"
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
        if table.name in self._layouts:
            return self._layouts[table.name]
        key = hashlib.sha256(f"id of {self.audience_key}".encode()).hexdigest()
        actual = columns_of(con, table.schema, table.name)
        names = [column.name for column in table.columns]
        told = [_LAYOUT, duckdb.__version__, self.compression, key, table.order, actual, names]
        self._layouts[table.name] = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
        return self._layouts[table.name]


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


def _ordered(table: Table) -> str:
    return f"order by {', '.join(quoted(name) for name in table.order)}"


def _in_month(table: Table, month: str) -> str:
    """Literal bounds, so that only the blocks of this month are read."""
    name = quoted(table.month_by or "")
    if month == "undated":
        return f"{name} is null"
    year, number = int(month[:4]), int(month[5:])
    following = f"{year + number // 12:04d}-{number % 12 + 1:02d}"
    return f"{name} >= date '{month}-01' and {name} < date '{following}-01'"
