"""Rows of one key that say otherwise: which of them stands, so that order never matters."""

import duckdb

from cx_pipeline.landing import frames
from cx_pipeline.landing.schema import RawTable

Counts = dict[int, int]


def settle(con: duckdb.DuckDBPyConnection, table: RawTable, keys: str, bounds: str) -> Counts:
    """Find rows of unequal content for the keys of table `keys`; returns conflicts by load.

    Of events the greatest version, then the greatest hash stands, the others are listed as
    superseded once. Of increments and snapshots all stay, and only those of one key and one
    version count: the models pick. `bounds` limits the search in the raw table (`raw._time ...`).
    """
    con.execute(
        f"""create or replace temp table rivals as
        select _key, _hash, _version, _time, _row, _load from {table.name} as raw
        where {bounds} and _key in (
            select _key from {table.name} as raw
            where {bounds} and _key in (select _key from {keys})
            group by _key having count(*) > 1)"""
    )
    if not table.is_events:
        return _counts(
            con,
            f"""select _load, count(*) from (
                select *, count(*) over (partition by _key, _version) as equals from rivals
            ) where equals > 1 and (_key, _hash) in (select (_key, _hash) from {keys})
            group by _load""",
        )
    con.execute(
        f"""create or replace temp table losers as
        select _row, greatest(_load, winner) as _load, _time from (
            select *, row_number() over best as place, first_value(_load) over best as winner
            from rivals
            window best as (partition by _key order by _version desc nulls last, _hash desc, _row)
        ) where place > 1 and _row not in (select _row from {table.superseded})"""
    )
    con.execute(f"insert into {table.superseded} select * from losers")
    return _counts(con, "select _load, count(*) from losers group by _load")


def take_rows(con: duckdb.DuckDBPyConnection, table: RawTable, load: int) -> bool:
    """Delete the rows of a load; table `taken(_key, _hash)` holds what is gone.

    True if some of its rows had won or lost: then the keys of `taken` have to be settled again.
    """
    con.execute(
        f"""create or replace temp table taken as
        select _key, _hash from {table.name} where _load = {load}"""
    )
    forgotten = frames.number(
        con,
        f"""delete from {table.superseded} where _row in (
            select _row from {table.name} where _key in (select _key from taken))""",
    )
    con.execute(f"delete from {table.name} where _load = {load}")
    return forgotten > 0


def _counts(con: duckdb.DuckDBPyConnection, query: str) -> Counts:
    return {int(load): int(count) for load, count in con.execute(query).fetchall()}
