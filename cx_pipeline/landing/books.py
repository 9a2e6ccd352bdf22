"""The books of every file: each row that was read is accepted, in quarantine, known or erased."""

from collections.abc import Sequence

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.schema import raw_table

_BOOKS = """
create schema if not exists ledger;
create table if not exists ledger.books (source varchar primary key, load bigint);
"""
_NAMED = 3  # files that one sentence names


def prove(
    con: duckdb.DuckDBPyConnection, contracts: Sequence[Contract]
) -> dict[str, tuple[int, str]]:
    """By source of these contracts: how many files were counted again, and what does not balance.

    The figures of every file have to add up, each night. The rows behind them are counted in the
    raw table and in quarantine once a file, in the first night that sees it and balances: a night
    costs what arrived. An empty sentence means that all balance.
    """
    con.execute(_BOOKS)
    told = {}
    for source in sorted({contract.source for contract in contracts}):
        after = frames.number(con, f"select max(load) from ledger.books where source = '{source}'")
        last = frames.number(con, f"select max(load) from landing.loads where source = '{source}'")
        wrong = _uneven(con, source)
        for contract in contracts:
            if contract.source == source and last > after:
                wrong += _miscounted(con, contract, after)
        files = frames.number(
            con, f"select count(*) from landing.loads where source = '{source}' and load > {after}"
        )
        told[source] = (files, _sentence(source, wrong))
        if not wrong:
            con.execute("insert or replace into ledger.books values (?, ?)", [source, last])
    return told


def _uneven(con: duckdb.DuckDBPyConnection, source: str) -> list[tuple[str, str]]:
    rows = con.execute(
        """select file_name, rows_read || ' rows read, but ' || accepted || ' accepted, '
            || quarantined || ' in quarantine, ' || duplicate || ' duplicate and '
            || erased || ' erased'
        from landing.loads
        where source = ? and rows_read is distinct from accepted + quarantined + duplicate + erased
        order by load""",
        [source],
    ).fetchall()
    return [(str(name), str(why)) for name, why in rows]


def _miscounted(
    con: duckdb.DuckDBPyConnection, contract: Contract, after: int
) -> list[tuple[str, str]]:
    rows = con.execute(
        f"""with files as (
            select load, file_name, accepted, quarantined from landing.loads
            where source = $source and table_name = $table and load > {after}
        ),
        raw as (
            select _load as load, count(*) as rows from {raw_table(contract).name}
            where _load > {after} group by _load
        ),
        set_aside as (
            select load, count(*) as rows from landing.quarantine where load > {after} group by load
        )
        select f.file_name, f.accepted || ' rows accepted and ' || coalesce(r.rows, 0)
            || ' in the raw table, ' || f.quarantined || ' refused and ' || coalesce(q.rows, 0)
            || ' in quarantine'
        from files as f left join raw as r on r.load = f.load
        left join set_aside as q on q.load = f.load
        where f.accepted <> coalesce(r.rows, 0) or f.quarantined <> coalesce(q.rows, 0)
        order by f.load""",
        {"source": contract.source, "table": contract.table},
    ).fetchall()
    return [(str(name), str(why)) for name, why in rows]


def _sentence(source: str, wrong: Sequence[tuple[str, str]]) -> str:
    told = [f"landing/{source}/{name}: {why}" for name, why in wrong[:_NAMED]]
    told += [f"and {len(wrong) - _NAMED} files more"] if len(wrong) > _NAMED else []
    remedy = "; restore the last backup (cx restore) and report this as a defect of cx"
    return "; ".join(told) + remedy if told else ""
