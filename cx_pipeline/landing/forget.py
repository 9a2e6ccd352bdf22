"""Take persons out of everything that has landed: archive and raw tables."""

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import archive, frames
from cx_pipeline.landing.anew import Edit, Touched, put_in_place, write_anew
from cx_pipeline.landing.owners import Owners
from cx_pipeline.landing.schema import raw_table
from cx_pipeline.privacy.full_names import full_name_columns
from cx_pipeline.privacy.tombstones import Identifier
from cx_pipeline.warehouse import columns_of, quoted


def forget(
    con: duckdb.DuckDBPyConnection,
    contracts: Sequence[Contract],
    folder: Path,
    tokens: Collection[str],
    plain: Collection[Identifier],
) -> tuple[list[Touched], set[str]]:
    """Remove rows of the erased from the raw tables of `con` and from the archive in `folder`.

    Their tokens and plain ids are given. Returns the files that were touched, and tokens of the
    rows removed that stand nowhere any more, and pairs of them: their values are nobody's. Doing
    it twice changes nothing, so that one that was cut off is simply done again.
    """
    kinds = [*[""] * len(tokens), *(kind for kind, _ in plain)]
    told = [*tokens, *(value for _, value in plain)]
    frames.write(con, "gone", {"kind": ("text", kinds), "told": ("text", told)})
    con.execute("create or replace temp table loosened (token varchar)")
    archive.sweep(folder)  # what a killed landing left may hold rows of theirs
    touched: list[Touched] = []
    con.execute("begin transaction")
    try:
        for contract in contracts:
            _loosen(con, contract)
            found = write_anew(con, contract, folder, partial(_edit, contract))
            for file in found:
                _told_of(con, file)
            touched += found
        loose = _nowhere(con, contracts)
        con.execute("commit")
    except BaseException:
        frames.roll_back(con)
        raise
    put_in_place(touched)
    return touched, loose


def _edit(contract: Contract, there: Collection[str]) -> Edit:
    owners = Owners.of(contract)
    hits = owners.hits(contract, there, "gone")
    blanked = {
        name: f"case when {when} then null else {quoted(name)} end"
        for name, when in owners.blanked(hits).items()
    }
    return Edit(owners.goes(hits), owners.mentions(hits), blanked)


def _loosen(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Note the tokens of rows that go or are changed."""
    which = _edit(contract, [name for name, _ in contract.raw_columns]).which
    for column in contract.pii_columns:
        if column.pii and column.pii.action == "token":
            con.execute(
                f"insert into loosened select distinct {quoted(column.name)} "
                f"from {raw_table(contract).name} where {quoted(column.name)} is not null "
                f"and ({which})"
            )
    for first, last in full_name_columns(contract):
        con.execute(
            f"insert into loosened select distinct {_pair(first, last)} "
            f"from {raw_table(contract).name} where {which}"
        )


def _pair(first: str, last: str) -> str:
    """SQL of what a full name of two columns is known by; null unless both are there."""
    return f"{quoted(first)} || ' ' || {quoted(last)}"


def _told_of(con: duckdb.DuckDBPyConnection, file: Touched) -> None:
    """The loads of the file remember that it lost values: what was delivered has to go."""
    con.execute(
        "update landing.loads set blanked = greatest(blanked, ?) "
        "where source = ? and table_name = ? and sha256 = ?",
        [file.changed, file.contract.source, file.contract.table, file.sha256],
    )


def _nowhere(con: duckdb.DuckDBPyConnection, contracts: Sequence[Contract]) -> set[str]:
    con.execute("create or replace temp table loose as select distinct token from loosened")
    for contract in contracts:
        there = {name for name, _ in columns_of(con, f"raw_{contract.source}", contract.table)}
        for column in contract.pii_columns:
            if column.pii and column.pii.action == "token" and column.name in there:
                con.execute(
                    f"delete from loose where token in (select {quoted(column.name)} "
                    f"from {raw_table(contract).name})"
                )
        for first, last in full_name_columns(contract):
            if {first, last} <= there:
                con.execute(
                    f"delete from loose where token in (select {_pair(first, last)} "
                    f"from {raw_table(contract).name})"
                )
    found = con.execute("select token from loose where token is not null").fetchall()
    return {token for (token,) in found}
