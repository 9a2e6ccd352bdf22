"""A cursor for duckdb-engine that holds its rows.

Great Expectations fetches after its connection block has closed, and duckdb-engine's cursor is
the connection: without this every expectation that reads data says success=False with "list
index out of range" and raises nothing. tests/test_expectations.py keeps watch.
"""

import atexit
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any


class BufferedCursor:
    """Fetches all rows when a query runs; `plain` is duckdb-engine's own cursor class.

    Of the `whole` queries one row: Great Expectations runs a batch's query for its column names.
    """

    arraysize = 1
    rowcount = -1

    def __init__(self, connection: Any, plain: Any, whole: Collection[str]) -> None:
        self._whole = whole
        self.connection = connection
        self.description: Any = None
        self._duckdb = connection._ConnectionWrapper__c
        self._plain = plain
        self._rows: list[Any] = []

    def execute(self, query: str, parameters: Any = None, context: Any = None) -> None:
        if query in self._whole:
            query = f"select * from ({query}) limit 1"
        self._plain(self._duckdb, self.connection).execute(query, parameters)
        self.description = self._duckdb.description
        self._rows = self._duckdb.fetchall()[::-1] if self.description else []

    def executemany(self, query: str, parameters: Any = None, context: Any = None) -> None:
        self._plain(self._duckdb, self.connection).executemany(query, parameters)

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows[::-1], []
        return rows

    def fetchone(self) -> Any:
        return self._rows.pop() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return [self._rows.pop() for _ in range(min(size or 1, len(self._rows)))]

    def close(self) -> None:
        self._rows = []


@contextmanager
def buffered_cursors(whole: Collection[str]) -> Iterator[None]:
    """Let duckdb-engine give buffered cursors, in this block only."""
    import duckdb_engine

    wrapper: Any = duckdb_engine.ConnectionWrapper
    stock, plain = wrapper.cursor, duckdb_engine.CursorWrapper
    atexit.unregister(_forget_duckdb_engine)
    atexit.register(_forget_duckdb_engine)
    wrapper.cursor = lambda connection: BufferedCursor(connection, plain, whole)
    try:
        yield
    finally:
        wrapper.cursor = stock


def _forget_duckdb_engine() -> None:
    """Else, with Great Expectations beside it, DuckDB's binding ends each process with sixty lines
    of "nanobind: leaked ..." on standard error.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == "duckdb_engine"]:
        sys.modules[name].__dict__.clear()
