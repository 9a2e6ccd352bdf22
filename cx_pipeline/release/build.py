"""The files of a publish: one DuckDB file that old readers open, and Parquet beside it."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Build:
    """One publish in the making: what is written where, and from which warehouse."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    audience_key: str
    as_of: date
    previous: Path | None
    compression: str = "zstd"

    def tables(
        self, tables: Sequence[Table], counted: Mapping[str, Counted]
    ) -> dict[str, dict[str, Any]]:
        """Write all tables and return their manifest entries by name."""
        with self._rekeyed(tables), self._database():
            for table in tables:
                self._into_database(table)
            self._views(tables)
            return {t.name: self._entry(t, counted[t.full_name]) for t in tables}

    @contextmanager
    def _rekeyed(self, tables: Sequence[Table]) -> Iterator[None]:
        """A table of each person key and token, and what this audience gets instead.

        HMAC-like (two rounds of SHA-256) with a key that is a parameter, never part of a query.
        """
        values = [
            f"select {quoted(name)} as token from {table.full_name}"
            for table in tables
            for name in table.rekeyed
        ]
        self.con.execute("set variable audience_key = ?", [self.audience_key])
        try:
            self.con.execute(
                f"""create or replace temp table rekeyed as
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
            self.con.execute("drop table if exists temp.rekeyed")

    @contextmanager
    def _database(self) -> Iterator[None]:
        path = str(self.folder / DATABASE).replace("'", "''")
        self.con.execute(f"attach '{path}' as publish (storage_version '{_STORAGE}')")
        try:
            self.con.execute("begin transaction")  # one commit, not one for each comment
            try:
                self.con.execute("create schema publish.process")
                yield
                self.con.execute("commit")
            except BaseException:
                self.con.execute("rollback")
                raise
        finally:
            self.con.execute("detach publish")

    def _select(self, table: Table, where: str = "true") -> str:
        """The table's rows with this audience's keys, in one order."""
        columns, joins = [], []
        for place, column in enumerate(table.columns):
            name = quoted(column.name)
            if column.is_rekeyed:
                joins.append(f"left join temp.rekeyed as r{place} on r{place}.token = t.{name}")
                columns.append(f"r{place}.audience_token as {name}")
            else:
                columns.append(f"t.{name}")
        ordered = ", ".join(quoted(name) for name in table.order)
        return (
            f"select * from (select {', '.join(columns)} from {table.full_name} as t "
            f"{' '.join(joins)}) where {where} order by {ordered}"
        )

    def _into_database(self, table: Table) -> None:
        target = f"publish.{table.published_schema}.{quoted(table.name)}"
        where = "true"
        if table.name in EVENT_FACTS and table.month_by:
            where = f"{quoted(table.month_by)} >= date '{self._first_month}-01'"
        self.con.execute(f"create table {target} as {self._select(table, where)}")
        self._commented(table, target)

    def _commented(self, table: Table, target: str) -> None:
        told = table.description.replace("'", "''")
        self.con.execute(f"comment on table {target} is '{told}'")
        for column in table.columns:
            unit = f" [{column.unit}]" if column.unit else ""
            told = (column.description + unit).replace("'", "''")
            self.con.execute(f"comment on column {target}.{quoted(column.name)} is '{told}'")

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
                        lead(occurred_at) over person as next_at
                    from main.fct_touchpoints where person_id is not null
                    window person as (partition by person_id order by step)"""
                )

    # ---- Parquet -------------------------------------------------------------------------

    def _entry(self, table: Table, counted: Counted) -> dict[str, Any]:
        layout = self._layout(table)
        files = []
        for month, digest in sorted(counted.months.items()):
            part = f"{month}/" if table.month_by else ""
            path = self.folder / "parquet" / table.name / f"{part}{table.name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            if not self._link(table, path, digest, layout):
                self._copy(table, month, path)
            files.append({**file_entry(self.folder, path), "content_hash": digest})
        if not files:
            path = self.folder / "parquet" / table.name / f"{table.name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self._copy(table, None, path)
            files.append({**file_entry(self.folder, path), "content_hash": counted.content_hash})
        told = {"kind": table.kind, "rows": counted.rows, "content_hash": counted.content_hash}
        return {**told, "layout": layout, "files": files}

    def _copy(self, table: Table, month: str | None, path: Path) -> None:
        where = _in_month(table, month) if table.month_by and month else "true"
        target = str(path).replace("'", "''")
        self.con.execute(
            f"copy ({self._select(table, where)}) to '{target}' "
            f"(format parquet, compression {self.compression})"
        )

    def _link(self, table: Table, path: Path, digest: str, layout: str) -> bool:
        """Take the file over from the last publish if it holds the same, undamaged."""
        if self.previous is None:
            return False
        name = path.relative_to(self.folder).as_posix()
        told = self._before.get(name)
        if told is None or (told["content_hash"], told["layout"]) != (digest, layout):
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

    def _layout(self, table: Table) -> str:
        """Changes whenever the same rows would be written differently."""
        key = hashlib.sha256(f"id of {self.audience_key}".encode()).hexdigest()
        actual = columns_of(self.con, table.schema, table.name)
        names = [column.name for column in table.columns]
        told = [_LAYOUT, duckdb.__version__, self.compression, key, table.order, actual, names]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _in_month(table: Table, month: str) -> str:
    """Literal bounds, so that only the blocks of this month are read."""
    name = quoted(table.month_by or "")
    if month == "undated":
        return f"{name} is null"
    year, number = int(month[:4]), int(month[5:])
    following = f"{year + number // 12:04d}-{number % 12 + 1:02d}"
    return f"{name} >= date '{month}-01' and {name} < date '{following}-01'"
