"""What was asked for and stands: the register is the truth, the warehouse holds a copy of it."""

from functools import partial

import duckdb

from cx_pipeline.landing import corrections
from cx_pipeline.landing.anew import Touched, put_in_place, write_anew
from cx_pipeline.landing.corrections import Correction
from cx_pipeline.landing.packs import landed_contracts
from cx_pipeline.rights.register import Register, Restriction
from cx_pipeline.rights.stored import clear, warehouse
from cx_pipeline.settings import Settings


def settle(settings: Settings) -> int:
    """Bring the warehouse to what the register says; returns how many stored rows were corrected.

    Under the run lock. Where something differs the marts are dropped, so that nothing built before
    can be published; the next night builds them anew. Cut off in between, it is simply done again:
    the copy in the warehouse, by which a difference is known, is written last.
    """
    register = Register(settings.register_file)
    restricted, right = register.restrictions(), register.corrections()
    if not settings.warehouse_file.exists() and not restricted and not right:
        return 0
    with warehouse(settings) as con:
        if _held(con) == (restricted, right):
            return 0
        touched = _correct(settings, con, right)
        clear(con, [])
        _hold(con, restricted, right)
    return sum(file.changed for file in touched)


def _held(con: duckdb.DuckDBPyConnection) -> tuple[list[Restriction], list[Correction]]:
    try:
        rows = con.execute(
            "select request, kind, token, purpose, since from landing.restrictions order by all"
        ).fetchall()
        return [Restriction(*row) for row in rows], corrections.kept(con)
    except duckdb.CatalogException:  # of a warehouse that landed before there were any
        return [], []


def _correct(
    settings: Settings, con: duckdb.DuckDBPyConnection, right: list[Correction]
) -> list[Touched]:
    touched: list[Touched] = []
    contracts = landed_contracts(settings, con)
    con.execute("begin transaction")
    try:
        for contract in contracts:
            if any(one.is_for(contract) for one in right):
                edit = partial(corrections.edit_of, contract, right)
                touched += write_anew(con, contract, settings.archive, edit)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    put_in_place(touched)
    return touched


def _hold(
    con: duckdb.DuckDBPyConnection, restricted: list[Restriction], right: list[Correction]
) -> None:
    con.execute("begin transaction")
    con.execute("delete from landing.restrictions")
    for one in restricted:
        con.execute(
            "insert into landing.restrictions values (?, ?, ?, ?, ?)",
            [one.request, one.kind, one.told, one.purpose, one.since],
        )
    corrections.keep(con, right)
    con.execute("commit")
