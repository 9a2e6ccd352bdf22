"""What persons had corrected: applied to what is stored, and to every delivery of the old value."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract
from cx_pipeline.landing.anew import Edit
from cx_pipeline.landing.owners import Owners, kind_of
from cx_pipeline.landing.typed import literal
from cx_pipeline.privacy.tombstones import Identifier
from cx_pipeline.warehouse import quoted


@dataclass(frozen=True)
class Correction:
    """In the person's rows of one table, `was` becomes `now`: both as they are stored.

    `subjects` are the person's tokens (kind "") and plain ids. A value that is neither is newer
    than the request and stays as it was delivered.
    """

    source: str
    table: str
    column: str
    was: str | None
    now: str | None
    subjects: tuple[Identifier, ...] = ()

    def is_for(self, contract: Contract) -> bool:
        return (self.source, self.table) == (contract.source, contract.table)


_ORDER = "source, table_name, column_name, was, now"


def kept(con: duckdb.DuckDBPyConnection) -> list[Correction]:
    """The corrections that the warehouse holds, in their order; its tables are there."""
    rows = con.execute(
        f"""select {_ORDER}, list(kind order by kind, told), list(told order by kind, told)
        from landing.corrections group by number, {_ORDER} order by number"""
    ).fetchall()
    return [
        Correction(source, table, column, was, now, tuple(zip(kinds, values, strict=True)))
        for source, table, column, was, now, kinds, values in rows
    ]


def keep(con: duckdb.DuckDBPyConnection, corrections: Sequence[Correction]) -> None:
    """Let the warehouse hold exactly these, for the landings to come."""
    con.execute("delete from landing.corrections")
    for number, c in enumerate(corrections):
        for kind, told in c.subjects:
            con.execute(
                "insert into landing.corrections values (?, ?, ?, ?, ?, ?, ?, ?)",
                [number, c.source, c.table, c.column, c.was, c.now, kind, told],
            )


def corrected(
    contract: Contract, corrections: Sequence[Correction], there: Collection[str]
) -> dict[str, str]:
    """SQL by column name, over the stored columns `there`: the value as corrected."""
    told: dict[str, str] = {}
    for one in corrections:
        if not one.is_for(contract) or one.column not in there:
            continue
        column = contract.by_name.get(one.column)
        if column is None:
            continue
        value = told.get(one.column, quoted(one.column))
        now = f"cast({_literal(one.now)} as {column.raw_type})"
        found = f"cast({value} as varchar) is not distinct from {_literal(one.was)}"
        whose = _whose(contract, one, there)
        told[one.column] = f"case when ({whose}) and {found} then {now} else {value} end"
    return told


def edit_of(contract: Contract, corrections: Sequence[Correction], there: Collection[str]) -> Edit:
    """The edit that corrects what is stored; made again, it finds nothing to change."""
    values = corrected(contract, corrections, there)
    differs = [f"({value}) is distinct from {quoted(name)}" for name, value in values.items()]
    return Edit(changes=" or ".join(differs) or "false", values=values)


def _whose(contract: Contract, one: Correction, there: Collection[str]) -> str:
    told = [
        f"coalesce(cast({quoted(column.name)} as varchar) in ({', '.join(values)}), false)"
        for column in Owners.of(contract).own
        if column.name in there and (values := _subjects(contract, column, one))
    ]
    return " or ".join(told) or "false"


def _subjects(contract: Contract, column: Column, one: Correction) -> list[str]:
    kind = "" if column.pii else kind_of(contract, column)
    return [literal(told) for of, told in one.subjects if of == kind]


def _literal(text: str | None) -> str:
    return "null" if text is None else literal(text)
