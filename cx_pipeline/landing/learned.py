"""Learned models in the landing: inputs of the night like rows that landed."""

import duckdb

from cx_pipeline.landing import frames
from cx_pipeline.landing.schema import make_records

# The tables of the source `learned`; each has the version of its one model in every row.
TABLES = ("reason_terms", "topic_terms")


def keep(con: duckdb.DuckDBPyConnection, table: str, version: str, columns: frames.Columns) -> None:
    """Put a model in the place of the former one: all columns but the version, in order."""
    make_records(con)
    frames.write(con, "learnt", columns)
    con.execute("begin transaction")
    try:
        con.execute(f"delete from landing.{table}")
        con.execute(
            f"insert into landing.{table} select $1, {', '.join(columns)} from learnt", [version]
        )
        con.execute("commit")
    except BaseException:
        frames.roll_back(con)
        raise
