"""What a night makes anew from the raw tables, and what it cannot: who was who, what was judged."""

from collections.abc import Iterator

import duckdb

from cx_pipeline.landing.verdict import rebuild_next
from cx_pipeline.warehouse import columns_of, quoted

_KEPT_SCHEMAS = {"landing", "state", "process", "ledger"}
# Who is who stays until it is found out again, so that the next request finds its person.
_KEPT_TABLES = {
    ("intermediate", "int_identity_edges"),
    ("intermediate", "int_identity_capped"),
    ("intermediate", "int_person_tokens"),
    ("entities", "accounts"),
}


def drop_derived(con: duckdb.DuckDBPyConnection) -> None:
    """Drop it all: the next night builds everything, as if for the first time."""
    rebuild_next(con)
    for schema, name, is_view in _relations(con):
        if not _is_kept(schema, name, is_view):
            con.execute(f"drop {'view' if is_view else 'table'} {_place(schema, name)}")
    there = {(schema, name) for schema, name, _ in _relations(con)}
    if ("state", "built") in there:
        con.execute("delete from state.built")
    if ("ledger", "snapshots") in there:
        con.execute("update ledger.snapshots set inputs_hash = ''")


def kept_texts(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, list[str]]]:
    """(table, its text columns) of what is kept besides the raw tables: tokens may stand there."""
    for schema, name, is_view in _relations(con):
        if _is_kept(schema, name, is_view) and not schema.startswith("raw_"):
            texts = [c for c, kind in columns_of(con, schema, name) if kind == "VARCHAR"]
            if texts:
                yield _place(schema, name), texts


def _is_kept(schema: str, name: str, is_view: bool) -> bool:
    kept = schema.startswith("raw_") or schema in _KEPT_SCHEMAS or (schema, name) in _KEPT_TABLES
    return kept and not is_view


def _place(schema: str, name: str) -> str:
    return f"{quoted(schema)}.{quoted(name)}"


def _relations(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, bool]]:
    """(schema, name, whether it is a view) of the warehouse's tables, views first."""
    return con.execute(
        """select schema_name, view_name, true from duckdb_views()
        where database_name = current_database() and not internal
        union all
        select schema_name, table_name, false from duckdb_tables()
        where database_name = current_database() and not temporary
        order by 3 desc, 1, 2"""
    ).fetchall()
