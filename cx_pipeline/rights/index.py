"""Where a person lies: derived from the contracts, and from nothing else."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.inherit import inherited
from cx_pipeline.landing.owners import Owners
from cx_pipeline.landing.packs import landed_contracts
from cx_pipeline.landing.schema import raw_table
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tombstones import Identifier
from cx_pipeline.rights.person import Person, person_of
from cx_pipeline.rights.register import Register
from cx_pipeline.rights.stored import tokens_of
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import quoted

_NAMED = "the_person"


@dataclass(frozen=True)
class OwnRows:
    """Rows of one table whose subject the person is, in the order of their time."""

    contract: Contract
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    times: tuple[Any, ...]
    received: tuple[Any, ...]


@dataclass(frozen=True)
class Mentions:
    """Values of the person in one column of rows that are somebody else's, or nobody's."""

    contract: Contract
    column: Column
    rows: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Found:
    """A person, and what may be looked up of theirs."""

    person: Person
    plain: tuple[Identifier, ...]
    contracts: tuple[Contract, ...]

    @property
    def about(self) -> list[Identifier]:
        """Every identifier that is theirs alone: tokens of kind "", and ids of their records."""
        return [*(("", token) for token in sorted(self.person.own)), *self.plain]


def find(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    given: Sequence[Identifier],
    *,
    with_namesakes: bool = False,
) -> Found:
    """The person behind the given identifiers. Raises RightRefused, KeyFault."""
    contracts = landed_contracts(settings, con)
    tokens = tokens_of(Keys.load(settings), given)
    person = person_of(con, tokens, with_namesakes=with_namesakes)
    known = Register(settings.register_file).with_restricted(person.own)
    own, plain = inherited(con, contracts, known, ())
    return Found(Person(frozenset(own), person.shared), tuple(sorted(plain)), tuple(contracts))


def own_rows(con: duckdb.DuckDBPyConnection, found: Found) -> Iterator[OwnRows]:
    """Tables that hold rows of the person, with these rows."""
    _name(con, found)
    for contract in found.contracts:
        owners, there = Owners.of(contract), [column.name for column in contract.columns]
        goes = owners.goes(owners.hits(contract, there, _NAMED))
        columns = ", ".join(f"r.{quoted(name)}" for name in there)
        rows = con.execute(
            f"""select {columns}, r._time, (select min(l.loaded_at) from landing.loads as l
                                            where l.load = r._load)
            from {raw_table(contract).name} as r where {goes} order by r._time, r._load, r._line"""
        ).fetchall()
        if rows:
            yield OwnRows(
                contract,
                contract.columns,
                tuple(row[:-2] for row in rows),
                tuple(row[-2] for row in rows),
                tuple(row[-1] for row in rows),
            )


def mentions(con: duckdb.DuckDBPyConnection, found: Found) -> Iterator[Mentions]:
    """Columns of others' rows that hold a token of the person; nothing else of these rows."""
    _name(con, found)
    for contract in found.contracts:
        owners, there = Owners.of(contract), [column.name for column in contract.columns]
        hits = owners.hits(contract, there, _NAMED)
        for column in owners.mentioned:
            rows = con.execute(
                f"""select {quoted(column.name)}, _time from {raw_table(contract).name}
                where {hits[column.name]} and not ({owners.goes(hits)}) order by _time, _line"""
            ).fetchall()
            if rows:
                yield Mentions(contract, column, tuple(rows))


def person_ids(con: duckdb.DuckDBPyConnection, own: Collection[str]) -> tuple[list[str], bool]:
    """What the marts call the person, and whether they take somebody else for them as well."""
    frames.write(con, "own", {"token": ("text", sorted(own))})
    try:
        ids = con.execute(
            """select distinct person_id from intermediate.int_person_tokens
            where token in (select token from own) order by 1"""
        ).fetchall()
        names = [name for (name,) in ids]
        others = frames.row(
            con,
            """select count(*) from intermediate.int_person_tokens
            where list_contains(?, person_id) and token not in (select token from own)""",
            [names],
        )
    except duckdb.CatalogException:  # no night was built yet
        return [], False
    return names, bool(others and others[0])


def _name(con: duckdb.DuckDBPyConnection, found: Found) -> None:
    kinds, told = zip(*found.about, strict=True) if found.about else ((), ())
    frames.write(con, _NAMED, {"kind": ("text", kinds), "told": ("text", told)})
