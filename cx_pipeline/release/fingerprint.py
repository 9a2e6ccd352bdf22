"""Whether two relations hold the same rows, told eight times cheaper than by content hashes."""

import hashlib
import json
from collections.abc import Sequence

import duckdb

from cx_pipeline.warehouse import quoted


def fingerprint(
    con: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str], where: str = "true"
) -> str:
    """32 hex digits of the rows in whatever order: sums of two 64-bit hashes of each whole row.

    DuckDB's own hash, which another version may change, of the values as they are stored: good
    to see that a table was not edited since, never to name a content (measured on 1 million
    events: 0.3 s of CPU for all marts, their content hashes 2.2 s). Columns are told by their
    place, so that two that change places are seen.
    """
    one = ", ".join(quoted(name) for name in columns)
    other = ", ".join(["'other'", *(quoted(name) for name in reversed(columns))])
    row = con.execute(
        f"select count(*), sum(hash({one})), sum(hash({other})) from {relation} where {where}"
    ).fetchone()
    told = json.dumps([duckdb.__version__, list(columns), [str(value) for value in row or ()]])
    return hashlib.sha256(told.encode()).hexdigest()[:32]
