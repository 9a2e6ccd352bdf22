"""What the landing's records say of what a night reads: has it changed, how much was refused."""

import hashlib
import json
from datetime import date
from typing import Any

import duckdb

from cx_pipeline.landing import learned


def loads_digest(con: duckdb.DuckDBPyConnection) -> str:
    """What has been delivered so far, as one hash: contents and outcomes, not when they came; and
    the versions of the learned models.
    """
    if not _exists(con, "landing", "loads"):
        return hashlib.sha256(b"").hexdigest()[:32]
    rows = con.execute(
        """select source, table_name, sha256, contract, status, accepted, quarantined,
            erased, blanked
        from landing.loads order by all"""
    ).fetchall()
    models = [
        (table, *con.execute(f"select distinct version from landing.{table}").fetchall())
        for table in learned.TABLES
        if _exists(con, "landing", table)
    ]
    return hashlib.sha256(json.dumps([rows, models], default=str).encode()).hexdigest()[:32]


def inputs_hash(loads: str, code: str, as_of: date | None) -> str:
    """Equal exactly when a transform would read and do the same."""
    return hashlib.sha256(f"{loads}\n{code}\n{as_of}".encode()).hexdigest()[:32]


def quarantine_shares(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Share of rows in quarantine by `source.table`, over the files of its last run that landed."""
    if not _exists(con, "landing", "loads"):
        return {}
    rows: list[tuple[Any, ...]] = con.execute(
        """with last as (
            select source, table_name, rows_read, quarantined, run_id,
                max_by(run_id, load) over (partition by source, table_name) as last_run
            from landing.loads where status = 'loaded'
        )
        select source || '.' || table_name, sum(quarantined) / nullif(sum(rows_read), 0)
        from last where run_id = last_run group by 1 order by 1"""
    ).fetchall()
    return {name: float(share or 0) for name, share in rows}


def _exists(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    found = con.execute(
        """select 1 from information_schema.tables
        where table_catalog = current_database() and table_schema = ? and table_name = ?""",
        [schema, table],
    ).fetchone()
    return found is not None
