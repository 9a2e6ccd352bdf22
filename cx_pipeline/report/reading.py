"""Questions to a publish that may lack any table: what is missing reads as empty."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import duckdb

Row = dict[str, Any]


@dataclass(frozen=True)
class Marts:
    """An open publish: marts in schema main, tables about the runs in schema process."""

    con: duckdb.DuckDBPyConnection
    _filled: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def columns(self) -> dict[str, set[str]]:
        """Columns by table, of every table and view; process tables with their schema's name."""
        found: dict[str, set[str]] = {}
        for schema, table, column in self.con.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_catalog = current_database() and table_schema in ('main', 'process')"
        ).fetchall():
            name = table if schema == "main" else f"{schema}.{table}"
            found.setdefault(name, set()).add(column)
        return found

    def has(self, table: str, *columns: str) -> bool:
        """Whether `table` is there with these columns and holds at least one row."""
        if table not in self.columns or not set(columns) <= self.columns[table]:
            return False
        if table not in self._filled:
            row = self.con.execute(f"select 1 from {table} limit 1").fetchone()
            self._filled[table] = row is not None
        return self._filled[table]

    def column(self, table: str, column: str, otherwise: str = "null") -> str:
        """The column as SQL, or `otherwise` where the table does not carry it."""
        return column if column in self.columns.get(table, set()) else otherwise

    def rows(self, sql: str, *parameters: object) -> list[Row]:
        """The answer, one dict a row."""
        answer = self.con.execute(sql, list(parameters))
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
