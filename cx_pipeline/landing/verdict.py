"""A file that its contract's expectations refuse: its rows leave the raw table again."""

from pathlib import Path

import duckdb

from cx_pipeline.landing import frames, lateness, rivals
from cx_pipeline.landing.schema import RawTable
from cx_pipeline.landing.typed import literal

REFUSED = "the batch is not as its contract expects; its rows were taken out"


def take_out(con: duckdb.DuckDBPyConnection, load: int, reason: str = REFUSED) -> int:
    """Move the rows of a load into quarantine; returns how many. Its file stands aside from then.

    Rows that other files delivered as well come back from the archive under those files' loads.
    Taking out twice changes nothing.
    """
    told = frames.row(
        con,
        "select source, table_name, sha256, contract from landing.loads "
        "where load = ? and status = 'loaded'",
        [load],
    )
    if not told:
        return 0
    source, name, sha256, contract = told
    con.execute("begin transaction")
    try:
        con.execute(
            f"""insert into landing.quarantine
            select {load}, source, table_name, file_name, raw._line, null, ?, null, loaded_at
            from landing.loads, (select _line from raw_{source}."{name}" where _load = {load}) raw
            where load = {load}""",
            [reason],
        )
        table = RawTable(source, name, is_events=True)
        unsettled = rivals.take_rows(con, table, load)
        _bring_back(con, table, sha256, contract)
        if unsettled:
            rivals.settle(con, table, "taken", "true")
        gone = frames.number(con, "select count(*) from taken")
        lateness.take_back(con, load)
        con.execute(
            """update landing.loads set status = 'aside', reason = ?,
                quarantined = quarantined + accepted, accepted = 0
            where load = ?""",
            [reason, load],
        )
        rebuild_next(con)
        con.execute("commit")
    except BaseException:
        frames.roll_back(con)
        raise
    return gone


def rebuild_next(con: duckdb.DuckDBPyConnection) -> None:
    """Rows that left cannot be seen by a night that reads arrivals: the next one rebuilds whole."""
    if frames.number(
        con,
        "select count(*) from information_schema.tables "
        "where table_schema = 'state' and table_name = 'watermarks'",
    ):
        con.execute("delete from state.watermarks where step = 'applied'")


def _bring_back(
    con: duckdb.DuckDBPyConnection, table: RawTable, sha256: str, contract: str
) -> None:
    """Rows of `taken` that stand in other loaded files too, where they counted as duplicates."""
    archive = _archive(con) / table.source
    loads = con.execute(
        """select load, sha256 from landing.loads
        where source = ? and table_name = ? and contract = ? and status = 'loaded'
          and duplicate > 0 and sha256 <> ? order by load""",
        [table.source, table.table, contract, sha256],
    ).fetchall()
    for load, other in loads:
        files = sorted(map(str, archive.glob(f"{other}*-{table.table}.parquet")))
        if not files:
            continue
        back = frames.number(
            con,
            f"""insert into {table.name} by name
            select *, {load} as _load, row_number() over ()
                + (select coalesce(max(_row), 0) from {table.name}) as _row
            from (from read_parquet([{", ".join(map(literal, files))}])
                  where (_key, _hash) in (select (_key, _hash) from taken)
                    and (_key, _hash) not in (select (_key, _hash) from {table.name} as raw
                                              where raw._key in (select _key from taken))
                  qualify row_number() over (partition by _key, _hash order by _line) = 1)""",
        )
        con.execute(
            "update landing.loads set accepted = accepted + ?, duplicate = duplicate - ? "
            "where load = ?",
            [back, back, load],
        )


def _archive(con: duckdb.DuckDBPyConnection) -> Path:
    """The archive lies beside the warehouse file."""
    (path,) = frames.row(
        con, "select path from duckdb_databases() where database_name = current_database()"
    )
    return Path(path or ".").parent / "archive"
