"""Which packs a warehouse holds rows of, active or not."""

import duckdb

from cx_pipeline.contracts import Contract, find_packs, load_pack
from cx_pipeline.landing import schema
from cx_pipeline.settings import Settings


def landed_contracts(settings: Settings, con: duckdb.DuckDBPyConnection) -> list[Contract]:
    """Contracts of everything that ever landed here; their tables fit them afterwards."""
    there = {
        name
        for (name,) in con.execute(
            "select schema_name from information_schema.schemata where schema_name like 'raw_%'"
        ).fetchall()
    }
    packs = [
        load_pack(folder, settings.redaction.reading)
        for name, folder in find_packs(settings.pack_roots).items()
        if f"raw_{name}" in there
    ]
    schema.prepare(con, packs)
    return [contract for pack in packs for contract in pack.contracts]
