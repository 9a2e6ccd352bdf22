"""Rows of who was erased, kept out: before a token is made, a value sealed or a row stored."""

from dataclasses import dataclass, field

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.archive import LINE_BITS
from cx_pipeline.landing.owners import Owners, kind_of
from cx_pipeline.privacy.tombstones import Identifier, Tombstones
from cx_pipeline.warehouse import quoted


@dataclass(frozen=True)
class KeptOut:
    """By number of file: rows that are left out, and rows that lost a value.

    `heirs` are keys of the former that other tables know their rows by.
    """

    erased: dict[int, int] = field(default_factory=dict)
    blanked: dict[int, int] = field(default_factory=dict)
    heirs: frozenset[Identifier] = frozenset()


def keep_out(
    con: duckdb.DuckDBPyConnection, contract: Contract, tombstones: Tombstones, heir: Column | None
) -> KeptOut:
    """Take from `typed` what a tombstone lies on: rows of the erased, their values in others'."""
    if not tombstones:
        return KeptOut()
    owners = Owners.of(contract)
    columns = [*owners.own, *owners.mentioned]
    if not columns:
        return KeptOut()
    names = [f"cast({quoted(column.name)} as varchar)" for column in columns]
    numbers: list[int] = []
    told: list[str] = []
    for number, values in enumerate(frames.distinct(con, names, "typed")):
        found = tombstones.found(kind_of(contract, columns[number]), values)
        numbers += [number] * len(found)
        told += sorted(found)
    if not told:
        return KeptOut()
    frames.write(con, "laid", {"number": ("integer", numbers), "told": ("text", told)})
    hits = {
        column.name: f"coalesce(cast({quoted(column.name)} as varchar) in "
        f"(select told from laid where number = {number}), false)"
        for number, column in enumerate(columns)
        if number in numbers
    }
    erased = _counted(con, owners.goes(hits))
    heirs = _keys(con, contract, heir, owners.goes(hits)) if heir else frozenset()
    con.execute(f"delete from typed where {owners.goes(hits)}")
    blanked = _counted(con, owners.mentions(hits))
    if blanked:
        changes = ", ".join(
            f"{quoted(name)} = case when {when} then null else {quoted(name)} end"
            for name, when in owners.blanked(hits).items()
        )
        con.execute(f"update typed set {changes} where {owners.mentions(hits)}")
    return KeptOut(erased, blanked, heirs)


def _counted(con: duckdb.DuckDBPyConnection, which: str) -> dict[int, int]:
    found = con.execute(
        f"select _line >> {LINE_BITS} as file, count(*) from typed where {which} group by file"
    ).fetchall()
    return {int(file): int(rows) for file, rows in found}


def _keys(
    con: duckdb.DuckDBPyConnection, contract: Contract, column: Column, which: str
) -> frozenset[Identifier]:
    rows = con.execute(
        f"select distinct cast({quoted(column.name)} as varchar) from typed "
        f"where ({which}) and {quoted(column.name)} is not null"
    ).fetchall()
    return frozenset((kind_of(contract, column), value) for (value,) in rows)
