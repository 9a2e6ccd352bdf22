"""Columns of Python values into DuckDB and out of it, without a loop over rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Any, Literal

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

_TYPES = {"text": pa.string(), "integer": pa.int64(), "moment": pa.timestamp("us")}
# Columns of which distinct values are told by one query: each takes a table of some MB by itself.
_AT_ONCE = 16
Columns = dict[str, tuple[Literal["text", "integer", "moment"], Sequence[Any]]]


def write(con: duckdb.DuckDBPyConnection, table: str, columns: Columns) -> None:
    """Make the temporary table `table` of these columns."""
    arrays = {name: pa.array(values, _TYPES[kind]) for name, (kind, values) in columns.items()}
    con.register("columns_given", pa.table(arrays))
    try:
        con.execute(f"create or replace temp table {table} as select * from columns_given")
    finally:
        con.unregister("columns_given")


@contextmanager
def streamed(
    con: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, tables: Iterator[pa.Table]
) -> Iterator[None]:
    """`name` as a view of these tables, which are asked for one by one when it is read, once."""
    batches = chain.from_iterable(map(pa.Table.to_batches, tables))
    con.register(name, pa.RecordBatchReader.from_batches(schema, batches))
    try:
        yield
    finally:
        con.unregister(name)


def read(con: duckdb.DuckDBPyConnection, query: str) -> list[list[Any]]:
    """The columns of a query as lists."""
    table: pa.Table = con.sql(query).to_arrow_table()
    return [column.to_pylist() for column in table.columns]


def distinct(
    con: duckdb.DuckDBPyConnection, values: Sequence[str], rows: str, *, only: str = "true"
) -> list[list[Any]]:
    """Of each SQL expression over the SELECT's source `rows`: its values, each once, nulls not.

    `only` says in SQL which values `x` are wanted.
    """
    found: list[list[Any]] = []
    for start in range(0, len(values), _AT_ONCE):
        lists = (
            f"list(distinct {value}) filter ({value} is not null)"
            for value in values[start : start + _AT_ONCE]
        )
        wanted = ", ".join(
            each if only == "true" else f"list_filter({each}, lambda x: {only})" for each in lists
        )
        found += [list(told or ()) for told in row(con, f"select {wanted} from {rows}")]
    return found


def row(con: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The only row of a query, read to its end: an open result would block what comes next."""
    rows = con.execute(query, list(values)).fetchall()
    return rows[0] if rows else ()


def roll_back(con: duckdb.DuckDBPyConnection) -> None:
    """End a transaction after a fault; a fault of the disk has ended it already."""
    with suppress(duckdb.Error):
        con.execute("rollback")


def number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The only value of a query, 0 for none; of a statement how many rows it wrote."""
    told = row(con, query)
    return int(told[0]) if told and told[0] is not None else 0
