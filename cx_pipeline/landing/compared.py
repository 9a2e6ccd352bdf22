"""Records of persons as they are compared: which tokens each holds, and their values, opened."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.packs import landed_contracts
from cx_pipeline.landing.schema import raw_table
from cx_pipeline.privacy.full_names import full_name_columns, full_names, spelled, words_in
from cx_pipeline.privacy.normalise import normalise
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.settings import Settings, SettingsError
from cx_pipeline.warehouse import quoted

RULE = "probabilistic"  # of the edges that came of a comparison
_PERSONAL = ("account", "email", "phone")  # kinds of a subject that is a person
_PLACES = ("first_name", "last_name", "full_name", "email", "phone", "address", "birth_date")
_AT_ONCE = 50_000  # values opened at once


@dataclass(frozen=True)
class Held:
    """How many records there are, of how many persons, and the tokens they hold."""

    records: int
    persons: int
    tokens: tuple[str, ...]


def persons_by_identifiers(con: duckdb.DuckDBPyConnection) -> None:
    """Make `exact_persons(token, person)`: as the last night found them, but by identifiers alone.

    What an earlier comparison joined is taken apart again, so that it is compared anew. Raises
    SettingsError where no night was built.
    """
    try:
        con.execute(
            """create or replace temp table exact_persons as
            select token, person_id as person from intermediate.int_person_tokens"""
        )
        edges = con.execute(
            """with torn as (
                select p.person_id from intermediate.int_identity_edges as e
                inner join intermediate.int_person_tokens as p on p.token = e.token
                where e.rule = $1
            )
            select e.token, e.other_token, e.rule = $1 from intermediate.int_identity_edges as e
            inner join intermediate.int_person_tokens as p on p.token = e.token
            inner join intermediate.int_person_tokens as q on q.token = e.other_token
            where p.person_id = q.person_id and p.person_id in (select person_id from torn)""",
            [RULE],
        ).fetchall()
    except duckdb.CatalogException:
        raise SettingsError(
            "no night has found out yet who is who: nothing was compared; run first: cx run"
        ) from None
    parts = _parts(edges)
    frames.write(con, "torn", {"token": ("text", list(parts)), "part": ("text", [*parts.values()])})
    con.execute(
        "update exact_persons set person = part from torn where torn.token = exact_persons.token"
    )


def _parts(edges: Iterable[tuple[str, str, bool]]) -> dict[str, str]:
    """Each token with the smallest that edges join it to, those of a comparison left out."""
    parent: dict[str, str] = {}

    def root(token: str) -> str:
        while (above := parent.setdefault(token, token)) != token:
            parent[token] = token = parent[above]
        return token

    for token, other, is_compared in edges:
        low, high = sorted((root(token), root(other)))
        if not is_compared:
            parent[high] = low
    return {token: root(token) for token in parent}


def hold(settings: Settings, con: duckdb.DuckDBPyConnection) -> Held:
    """Make `held(token, person, ...)` of `con`: of each record the tokens that are compared.

    A record is the latest row of a table that names a person: its subject is an identifier of one,
    and it holds a name. Whose processing is restricted is left out.
    """
    columns = ", ".join(f"{place} varchar" for place in (*_PLACES, "birth_told"))
    con.execute(f"create or replace temp table held (token varchar, person varchar, {columns})")
    for contract in landed_contracts(settings, con):
        places, subject = _places(contract), contract.extract.subject
        if places and subject:
            shown = ", ".join(
                f"{places.get(place, 'null')} as {place}" for place in (*_PLACES, "birth_told")
            )
            con.execute(
                f"""insert into held select distinct p.token, p.person, {shown}
                from {raw_table(contract).name} as r
                inner join exact_persons as p on p.token = r.{quoted(subject)}
                where not exists (select 1 from landing.restrictions as x
                                  where x.purpose = 'everything' and x.token = p.token)
                qualify {_is_latest(contract)}"""
            )
    con.execute("delete from held where coalesce(first_name, last_name, full_name) is null")
    tokens = {
        token
        for place in _PLACES
        for (token,) in con.execute(
            f"select distinct {place} from held where {place} is not null"
        ).fetchall()
    }
    records, persons = frames.row(con, "select count(*), count(distinct person) from held")
    return Held(records, persons, tuple(sorted(tokens)))


def _is_latest(contract: Contract) -> str:
    if raw_table(contract).is_events:
        return "true"
    return "row_number() over (partition by r._key order by r._version desc, r._hash desc) = 1"


def _places(contract: Contract) -> dict[str, str]:
    """SQL of each value's token by its place in a record; nothing where the rows name no person."""
    subject = contract.extract.subject
    told = contract.by_name[subject].pii if subject else None
    if told is None or told.kind not in _PERSONAL or told.action != "token":
        return {}
    found: dict[str, list[str]] = {}
    for column in contract.pii_columns:
        pii = column.pii
        if pii and pii.action == "token" and pii.kind in (*_PLACES, "name"):
            found.setdefault(pii.kind, []).append(f"r.{quoted(column.name)}")
        elif pii and (pii.kind, pii.action) == ("birth_date", "generalise"):
            found["birth_told"] = [f"cast(r.{quoted(column.name)} as varchar)"]
    names = found.pop("name", [])
    for first, last in full_name_columns(contract)[:1]:
        found |= {"first_name": [f"r.{quoted(first)}"], "last_name": [f"r.{quoted(last)}"]}
    if "first_name" not in found:
        found["full_name"] = names
    return {place: f"coalesce({', '.join(v)})" for place, v in found.items()} if names else {}


def open_held(
    con: duckdb.DuckDBPyConnection, memory: duckdb.DuckDBPyConnection, vault: Vault, held: Held
) -> None:
    """Make `records` of `memory` from `held` of `con`: one spelling a value, null where none is.

    Values stand in `memory` alone, which may not spill to a file.
    """
    memory.execute(
        "create temp table opened (token varchar, value varchar, first varchar, last varchar)"
    )
    for start in range(0, len(held.tokens), _AT_ONCE):
        columns = list(zip(*_opened(vault, held.tokens[start : start + _AT_ONCE]), strict=True))
        names = ("token", "value", "first", "last") if columns else ()
        frames.write(memory, "part", {n: ("text", c) for n, c in zip(names, columns, strict=True)})
        memory.execute("insert into opened by name from part" if columns else "select 1")
    rows = con.sql("select * from held").to_arrow_table()
    memory.register("held", rows)
    joins = "".join(
        f" left join opened as {place} on {place}.token = h.{place}" for place in _PLACES
    )
    memory.execute(
        f"""create temp table records as
        select h.token, h.person, coalesce(first_name.value, full_name.first) as first_name,
            coalesce(last_name.value, full_name.last) as last_name, email.value as email,
            phone.value as phone, address.value as address,
            coalesce(birth_date.value, h.birth_told) as birth_date
        from held as h {joins}"""
    )
    memory.unregister("held")


def _opened(
    vault: Vault, tokens: Sequence[str]
) -> Iterator[tuple[str, str, str | None, str | None]]:
    """(token, value in one spelling, first word, last word): the words of names alone."""
    for token in tokens:
        told, kind = vault.open(token), vault.kind(token)
        if told is None or kind is None or (value := normalise(kind, told)) is None:
            continue
        if kind != "name":
            yield token, value, None, None
            continue
        names = full_names(told)
        words = names[-1] if names else tuple(map(spelled, words_in(told)))
        first = words[0] if len(words) > 1 else None
        yield token, " ".join(map(spelled, words_in(told))) or value, first, (words or (value,))[-1]
