"""Rectification (GDPR, article 16): a wrong value, as it is stored and as it comes again."""

from dataclasses import dataclass

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.corrections import Correction
from cx_pipeline.landing.packs import landed_contracts
from cx_pipeline.landing.protect import as_stored
from cx_pipeline.landing.schema import raw_table
from cx_pipeline.landing.typed import literal
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.rights.index import Found, find, own_rows
from cx_pipeline.rights.person import RightRefused
from cx_pipeline.rights.request import NOTHING, Asked, begin, written
from cx_pipeline.rights.standing import settle
from cx_pipeline.rights.stored import warehouse
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import columns_of, quoted


@dataclass(frozen=True)
class Rectified:
    """What was corrected: `rows` as they are stored, in archive and raw table alike."""

    request: str
    outcome: str
    rows: int = 0


def rectify(
    settings: Settings, asked: Asked, where: str, value: str, *, was: str | None = None
) -> Rectified:
    """Let `value` stand in the column `where` (SOURCE.TABLE.COLUMN) instead of the wrong one.

    The wrong one is what stands in the person's rows there; where several stand, `was` names it.
    It is replaced whenever it is delivered again; a third value is newer and stays as delivered.
    Raises RightRefused, KeyFault.
    """
    register, said = begin(settings, asked)
    keys = Keys.load(settings)
    with warehouse(settings) as con:
        contract, column = _column(settings, con, where)
        found = find(settings, con, asked.given, with_namesakes=asked.with_namesakes)
        stored = _stored(con, column, Tokenizer(keys), value)
        wrong = None if was is None else _stored(con, column, Tokenizer(keys), was)
        held = _held(con, found, contract, column)
    if not held:
        request = register.receive("rectify", asked.actor, said, asked.at)
        register.close(request.request, f"{NOTHING} in {where}", asked.at)
        written(settings, request, column=where, outcome=NOTHING)
        return Rectified(request.request, f"{NOTHING} in {where}")
    change = Correction(
        contract.source, contract.table, column.name, _wrong(held, stored, was, wrong), stored
    )
    if column.pii and column.pii.action == "token":
        with Vault(settings.vault_file, keys) as vault:  # before its token is used
            Tokenizer(keys, vault).tokens(column.pii.kind, [value])
    outcome = f"{where} is corrected, and whenever the old value is delivered again"
    request = register.receive(
        "rectify", asked.actor, said, asked.at, {"stage": "publish", "outcome": outcome},
        about=found.about, corrections=[change],
    )  # fmt: skip
    written(settings, request, column=where)
    rows = settle(settings)
    if column.pii and change.was is not None:
        _drop(settings, keys, change.was)
    return Rectified(request.request, outcome, rows)


def _column(
    settings: Settings, con: duckdb.DuckDBPyConnection, where: str
) -> tuple[Contract, Column]:
    contracts = {contract.name: contract for contract in landed_contracts(settings, con)}
    table, _, name = where.rpartition(".")
    contract = contracts.get(table)
    if contract is None or name not in contract.by_name:
        there = ", ".join(contract.by_name) if contract else ", ".join(sorted(contracts))
        raise RightRefused(f"there is no column {where}: nothing was done; there are: {there}")
    column, extract = contract.by_name[name], contract.extract
    if column.pii and column.pii.action in ("redact", "drop"):
        raise RightRefused(
            f"{where} is stored {'redacted' if column.pii.action == 'redact' else 'not at all'}: "
            "nothing was done; correct it in its source"
        )
    if name in (*extract.key, extract.time, extract.version):
        raise RightRefused(
            f"{where} says which row it is, or of when: nothing was done; correct it in its source"
        )
    return contract, column


def _stored(
    con: duckdb.DuckDBPyConnection, column: Column, tokenizer: Tokenizer, value: str
) -> str:
    """The value as it would be stored, as text; refused where the contract would not take it."""
    made = as_stored(column, tokenizer, value)
    if made is not None:
        cast = f"cast(try_cast({literal(made)} as {column.raw_type}) as varchar)"
        (made,) = frames.row(con, f"select {cast}")
    if made is None or (column.enum and value not in column.enum):
        allowed = f" (one of {', '.join(column.enum)})" if column.enum else ""
        raise RightRefused(f"that is no value of {column.name}{allowed}: nothing was done")
    return str(made)


def _held(
    con: duckdb.DuckDBPyConnection, found: Found, contract: Contract, column: Column
) -> set[str | None]:
    """Values of the column in the person's rows, as text."""
    place = contract.columns.index(column)
    for table in own_rows(con, found):
        if table.contract.name == contract.name:
            return {None if row[place] is None else str(row[place]) for row in table.rows}
    return set()


def _wrong(held: set[str | None], stored: str, was: str | None, wrong: str | None) -> str | None:
    if was is not None:
        if wrong not in held:
            raise RightRefused("--was does not stand in the person's rows: nothing was done")
        return wrong
    others = {value for value in held if value is not None} - {stored}
    if len(others) > 1:
        raise RightRefused(
            f"{len(others)} values stand in the person's rows: nothing was done; say by --was "
            "which of them is wrong"
        )
    if not others and None not in held:
        raise RightRefused("that is what stands there already: nothing was done")
    return next(iter(others), None)


def _drop(settings: Settings, keys: Keys, token: str) -> None:
    """The wrong value leaves the vault, unless it stands somewhere else."""
    with warehouse(settings) as con:
        if any(_stands(con, contract, token) for contract in landed_contracts(settings, con)):
            return
    with Vault(settings.vault_file, keys) as vault:
        vault.drop([token])


def _stands(con: duckdb.DuckDBPyConnection, contract: Contract, token: str) -> bool:
    there = {name for name, _ in columns_of(con, f"raw_{contract.source}", contract.table)}
    names = [quoted(c.name) for c in contract.pii_columns if c.name in there]
    where = " or ".join(f"{name} = $1" for name in names) or "false"
    found = con.execute(f"select 1 from {raw_table(contract).name} where {where} limit 1", [token])
    return bool(found.fetchall())
