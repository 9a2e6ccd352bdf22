"""Tables that the landing writes: typed, and there even when nothing was delivered."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from cx_pipeline.contracts import Contract, Pack
from cx_pipeline.landing.typed import literal
from cx_pipeline.warehouse import quoted

ROW_COLUMNS = (
    ("_key", "UUID"),
    ("_hash", "UUID"),
    ("_version", "TIMESTAMP"),
    ("_time", "TIMESTAMP"),
    ("_row", "BIGINT"),
    ("_load", "BIGINT"),
    ("_line", "BIGINT"),
)

_RECORDS = """
create schema if not exists landing;
create table if not exists landing.loads (
    load bigint, run_id varchar, source varchar, table_name varchar, file_name varchar,
    file_size bigint, file_mtime_ns bigint, sha256 varchar, contract varchar, status varchar,
    reason varchar, rows_read bigint, accepted bigint, quarantined bigint, duplicate bigint,
    conflicts bigint, min_time timestamp, max_time timestamp, profile varchar, loaded_at timestamp,
    erased bigint default 0, blanked bigint default 0, identity varchar
);
alter table landing.loads add column if not exists erased bigint default 0;
alter table landing.loads add column if not exists blanked bigint default 0;
alter table landing.loads add column if not exists identity varchar;
create table if not exists landing.quarantine (
    load bigint, source varchar, table_name varchar, file_name varchar, line bigint,
    column_name varchar, reason varchar, raw_redacted varchar, quarantined_at timestamp
);
create table if not exists landing.lateness (
    load bigint, source varchar, table_name varchar, arrived_on date, kind varchar,
    hours_late bigint, rows bigint, first_at timestamp, last_at timestamp
);
create table if not exists landing.redactions (
    run_id varchar, source varchar, table_name varchar, texts bigint, rows bigint
);
create table if not exists landing.restrictions (
    request varchar, kind varchar, token varchar, purpose varchar, since varchar
);
create table if not exists landing.corrections (
    number bigint, source varchar, table_name varchar, column_name varchar, was varchar,
    now varchar, kind varchar, told varchar
);
create table if not exists landing.reason_terms (
    version varchar, reason varchar, term varchar, weight decimal(12, 4)
);
create table if not exists landing.topic_terms (
    version varchar, topic integer, topic_name varchar, term varchar, weight decimal(12, 4)
);
"""


@dataclass(frozen=True)
class RawTable:
    """Names of a raw table in SQL."""

    source: str
    table: str
    is_events: bool

    @property
    def name(self) -> str:
        return f"{quoted(f'raw_{self.source}')}.{quoted(self.table)}"

    @property
    def superseded(self) -> str:
        """The table of its rows that lost to another row of the same key."""
        return f"{quoted(f'raw_{self.source}')}.{quoted(f'{self.table}__superseded')}"


def raw_table(contract: Contract) -> RawTable:
    """The raw table of a contract."""
    return RawTable(contract.source, contract.table, contract.extract.kind == "events")


def make_records(con: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing of the landing's own tables."""
    con.execute(_RECORDS)


def prepare(con: duckdb.DuckDBPyConnection, packs: Sequence[Pack]) -> None:
    """Create what is missing; fit a raw table to a contract whose columns have changed."""
    make_records(con)
    for pack in packs:
        con.execute(f"create schema if not exists {quoted(f'raw_{pack.name}')}")
        for contract in pack.contracts:
            _raw_table(con, contract)


def _raw_table(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    wanted = (*contract.raw_columns, *ROW_COLUMNS)
    there = dict(_columns(con, contract))
    if not there:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in wanted)
        con.execute(  # first: where the raw table is, a kill in between cannot leave it out
            f"create table if not exists {raw_table(contract).superseded} "
            "(_row bigint, _load bigint, _time timestamp)"
        )
        con.execute(f"create table {raw_table(contract).name} ({columns})")
    elif there != {name: kind.replace(" ", "") for name, kind in wanted}:
        _fit(con, contract, there)


def _fit(con: duckdb.DuckDBPyConnection, contract: Contract, there: dict[str, str]) -> None:
    """Keep the rows: a new column is null in them, what does not fit a new type as well."""
    wanted = (*contract.raw_columns, *ROW_COLUMNS)
    shown = ", ".join(
        f"try_cast({quoted(name) if name in there else 'null'} as {kind}) as {quoted(name)}"
        for name, kind in wanted
    )
    table = raw_table(contract).name
    con.execute(f"create or replace table {table} as select {shown} from {table}")


def _columns(con: duckdb.DuckDBPyConnection, contract: Contract) -> list[tuple[str, str]]:
    rows = con.execute(
        f"""select column_name, data_type from duckdb_columns()
        where database_name = current_database()
          and schema_name = {literal(f"raw_{contract.source}")}
          and table_name = {literal(contract.table)}
        order by column_index"""
    ).fetchall()
    return [(str(name), str(kind)) for name, kind in rows]
