"""What a warehouse holds at one moment, so that a restored one can be compared with it."""

import json
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.warehouse import content_hash, content_hash_all


def facts_of(con: duckdb.DuckDBPyConnection, manifest: Path) -> dict[str, Any]:
    """Content hash of each mart, whether all are as the live publish tells, and the last load."""
    marts = {f"marts.{name}": content_hash(con, "marts", name) for name in _tables(con, "marts")}
    last = 0
    if "loads" in _tables(con, "landing"):
        row = con.execute("select coalesce(max(load), 0) from landing.loads").fetchone()
        last = int(row[0]) if row else 0
    told = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else None
    shown = {f"marts.{n}" for n, t in told["tables"].items() if t["kind"] == "mart"} if told else ()
    is_shown = told is not None and told["content_hash"] == content_hash_all(
        {name: marts.get(name, "") for name in shown}
    )
    return {
        "marts": marts,
        "content_hash": content_hash_all(marts),
        "publish": told["publish"] if told else None,
        "is_as_published": is_shown,
        "last_load": last,
    }


def landed_since(con: duckdb.DuckDBPyConnection, load: int) -> dict[str, int]:
    """Files and accepted rows that landed behind a load: what a restore would lose."""
    row = con.execute(
        "select count(*), coalesce(sum(accepted), 0) from landing.loads where load > ?", [load]
    ).fetchone()
    files, rows = row or (0, 0)
    return {"files": int(files), "rows": int(rows)}


def _tables(con: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    rows = con.execute(
        """select table_name from information_schema.tables
        where table_catalog = current_database() and table_schema = ?
            and table_type = 'BASE TABLE' order by 1""",
        [schema],
    ).fetchall()
    return [str(name) for (name,) in rows]
