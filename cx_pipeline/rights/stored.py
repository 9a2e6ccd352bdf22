"""What is stored in a home, as a right works on it: the warehouse, its contracts, its marts."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from hashlib import md5

import duckdb

from cx_pipeline.contracts import Contract, find_packs, load_pack
from cx_pipeline.landing import frames, schema
from cx_pipeline.landing.verdict import rebuild_next
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.tombstones import Identifier
from cx_pipeline.rights.person import RightRefused
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import columns_of, connect, quoted

# What a night cannot make again; who is who stays so that the next request finds its person.
_KEPT_SCHEMAS = {"landing", "state", "process", "ledger"}
_KEPT_TABLES = {
    ("intermediate", "int_identity_edges"),
    ("intermediate", "int_identity_capped"),
    ("intermediate", "int_person_tokens"),
    ("entities", "accounts"),
}


def warehouse(settings: Settings) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    told = settings.warehouse
    return connect(
        settings.warehouse_file,
        memory_limit=told.memory_limit,
        threads=told.threads,
        block_compression=told.block_compression,
    )


def landed(settings: Settings, con: duckdb.DuckDBPyConnection) -> list[Contract]:
    """Contracts of everything that ever landed here, whether its pack is active or not."""
    there = {
        name
        for (name,) in con.execute(
            "select schema_name from information_schema.schemata where schema_name like 'raw_%'"
        ).fetchall()
    }
    packs = [
        load_pack(folder)
        for name, folder in find_packs(settings.pack_roots).items()
        if f"raw_{name}" in there
    ]
    schema.prepare(con, packs)
    return [contract for pack in packs for contract in pack.contracts]


def tokens_of(keys: Keys, given: Sequence[Identifier]) -> list[str]:
    """Tokens of the given identifiers; one of kind `token` stands for itself."""
    tokenizer, made = Tokenizer(keys), []
    for kind, value in given:
        token = value if kind == "token" else tokenizer.tokens(kind, [value])[0]
        if token is None:
            raise RightRefused(f"that is no {kind}: nothing was done; give it as it was delivered")
        made.append(token)
    if not made:
        raise RightRefused("nobody is named: nothing was done; give an e-mail or an account")
    return made


def clear(con: duckdb.DuckDBPyConnection, tokens: Collection[str]) -> None:
    """Drop what the next night makes anew, and every row that names the person in what stays."""
    names = [*tokens, *(md5(f"person|{token}".encode()).hexdigest() for token in tokens)]
    frames.write(con, "named", {"name": ("text", sorted(names))})
    con.execute("begin transaction")
    rebuild_next(con)
    for schema_name, table, is_view in _relations(con):
        place = f"{quoted(schema_name)}.{quoted(table)}"
        if schema_name.startswith("raw_"):
            continue
        if not is_view and (schema_name in _KEPT_SCHEMAS or (schema_name, table) in _KEPT_TABLES):
            texts = [c for c, kind in columns_of(con, schema_name, table) if kind == "VARCHAR"]
            named = " or ".join(f"{quoted(c)} in (select name from named)" for c in texts)
            con.execute(f"delete from {place} where {named or 'false'}")
        else:
            con.execute(f"drop {'view' if is_view else 'table'} {place}")
    there = {(schema_name, table) for schema_name, table, _ in _relations(con)}
    if ("state", "built") in there:
        con.execute("delete from state.built")
    if ("ledger", "snapshots") in there:
        con.execute("update ledger.snapshots set inputs_hash = ''")
    con.execute("commit")


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
