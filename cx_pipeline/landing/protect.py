"""Rows without persons: each personal column becomes tokens, a region, a decade, or nothing.

In a column that is not said to be personal, what a pattern finds is replaced by its kind.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.archive import content
from cx_pipeline.landing.corrections import Correction, corrected
from cx_pipeline.landing.typed import literal
from cx_pipeline.landing.undeclared import redact_undeclared
from cx_pipeline.privacy.full_names import full_name_columns
from cx_pipeline.privacy.known import Known
from cx_pipeline.privacy.presidio import Reread
from cx_pipeline.privacy.redaction import redact, redact_url
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.tombstones import Tombstones
from cx_pipeline.warehouse import quoted

Change = Callable[[Sequence[str]], Sequence[str | None]]

_POST_CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9]{2,5}[ -]?[A-Za-z0-9]{0,4}")
# What a row itself tells of its person, to be blanked in its free texts.
_NAME = ("name", "token")
_TELLING = ("name", "email", "phone", "address", "account", "national_id", "card", "device")


@dataclass(frozen=True)
class Door:
    """What stands between a delivered value and the store.

    Tokens and the vault behind them, what is known of anybody, who was erased, what was corrected,
    the keys that hand an erasure on to other tables, and a second reading of texts, if any.
    """

    tokenizer: Tokenizer
    known: Known
    tombstones: Tombstones
    corrections: Sequence[Correction] = ()
    heirs: Mapping[str, Column] = field(default_factory=dict)
    reread: Reread | None = None


def protect(
    con: duckdb.DuckDBPyConnection, contract: Contract, door: Door, version: str | None
) -> str:
    """SELECT of the good rows of `typed`: contracted columns, _line, _version, _time, _hash.

    Works on distinct values, so a value costs once a piece. `version` is the SQL of the version
    that the file's name told, if it did. Reads `part` too, for what a row itself tells. Names of
    the rows become known, and texts lose all that is known so far.
    """
    changes = {
        number: change
        for number, column in enumerate(contract.columns)
        if (change := _change_of(column, door.tokenizer))
    }
    _map_distinct(con, contract, changes)
    _learn_names(con, contract, door.tokenizer, door.known)
    stray = redact_undeclared(con, contract)
    joins, shown = [], []
    texts = text_columns(contract)
    for number, column in enumerate(contract.columns):
        name = quoted(column.name)
        shown.append(f"typed.{name} as {name}")
        if number in changes:
            made = f"(select told, made from made where number = {number}) as map_{number}"
            joins.append(f"left join {made} on map_{number}.told = typed.{name}")
            shown[-1] = f"map_{number}.made as {name}"
        elif number in stray:
            made = f"(select told, made from strays where number = {number}) as stray_{number}"
            joins.append(f"left join {made} on stray_{number}.told = typed.{name}")
            shown[-1] = f"coalesce(stray_{number}.made, typed.{name}) as {name}"
        elif column in texts:
            shown[-1] = f"texts.{name} as {name}"
    if texts:
        _redact_texts(con, contract, texts, door)
        joins.append("left join texts on texts._r = typed._r")
    right = corrected(contract, door.corrections, [column.name for column in contract.columns])
    values = ", ".join(f"{value} as {quoted(name)}" for name, value in right.items())
    return f"""
        select *, cast(md5({content(contract, contract.raw_columns)}) as uuid) as _hash
        from (select *, {_version(contract, version)} as _version,
                  {_time(contract, version)} as _time
              from (select * {f"replace ({values})" if values else ""}
                    from (select {", ".join(shown)}, typed._line
                          from typed {" ".join(joins)} where _problem is null)))"""


def as_stored(column: Column, tokenizer: Tokenizer, value: str) -> str | None:
    """What a value of the column becomes before it is stored; a text is not one of them."""
    change = _change_of(column, tokenizer)
    return change([value])[0] if change else value


def text_columns(contract: Contract) -> list[Column]:
    """The columns of free text, which are stored redacted."""
    return [column for column in contract.pii_columns if _is_text(column)]


def _is_text(column: Column) -> bool:
    return bool(column.pii and column.pii.action == "redact" and column.pii.kind == "text")


def _change_of(column: Column, tokenizer: Tokenizer) -> Change | None:
    """What is done to the column's distinct values; None when the column passes as it is."""
    pii = column.pii
    if pii is None or pii.action == "drop" or _is_text(column):
        return None
    if pii.action == "token":
        kind = pii.kind
        return lambda values: tokenizer.tokens(kind, values)
    if pii.action == "redact":
        return lambda values: [redact_url(value) for value in values]
    region = {"birth_date": _decade, "ip": _network, "address": _region}[pii.kind]
    return lambda values: [region(value) for value in values]


def _map_distinct(
    con: duckdb.DuckDBPyConnection, contract: Contract, changes: Mapping[int, Change]
) -> None:
    """Table `made(number, told, made)`: for each changed column what becomes of each value."""
    if not changes:
        return
    names = [quoted(contract.columns[number].name) for number in changes]
    values = frames.distinct(con, names, "typed where _problem is null")
    numbers: list[int] = []
    told: list[str] = []
    made: list[str | None] = []
    for (number, change), found in zip(changes.items(), values, strict=True):
        numbers += [number] * len(found)
        told += found
        made += change(found)
    frames.write(
        con,
        "made",
        {"number": ("integer", numbers), "told": ("text", told), "made": ("text", made)},
    )


def _learn_names(
    con: duckdb.DuckDBPyConnection, contract: Contract, tokenizer: Tokenizer, known: Known
) -> None:
    """Full names of the good rows, told by one column or by two, become known."""
    names = [c for c in contract.pii_columns if c.pii and (c.pii.kind, c.pii.action) == _NAME]
    for column in names:
        query = f"select distinct {quoted(column.name)} from typed where _problem is null"
        values = [value for value in frames.read(con, query)[0] if value]
        tokens = tokenizer.tokens("name", values)
        known.add((token, value) for token, value in zip(tokens, values, strict=True) if token)
    for first, last in full_name_columns(contract):
        pairs = frames.read(
            con,
            f"""select distinct {quoted(first)}, {quoted(last)} from typed
            where _problem is null and {quoted(first)} <> '' and {quoted(last)} <> ''""",
        )
        made = zip(*(tokenizer.tokens("name", values) for values in pairs), strict=True)
        known.add(
            (f"{one} {other}", f"{name} {surname}")
            for (one, other), name, surname in zip(made, *pairs, strict=True)
            if one and other
        )


def _redact_texts(
    con: duckdb.DuckDBPyConnection, contract: Contract, texts: Sequence[Column], door: Door
) -> None:
    """Table `texts(_r, ...)`: each free text without patterns and without all that is known."""

    def safe_texts(values: Sequence[str | None]) -> list[str | None]:
        told = redact(values, own)
        return door.known.redact(door.reread(told) if door.reread else told)

    telling = [
        f"c{number}"
        for number, column in enumerate(contract.columns)
        if column.pii and column.pii.kind in _TELLING
    ]
    told = [f"typed.{quoted(column.name)}" for column in texts]
    some = " or ".join(f"{name} is not null" for name in told)
    columns = frames.read(
        con,
        f"""select typed._r, {", ".join([*told, *telling])}
        from typed join part on part.r = typed._r where _problem is null and ({some})""",
    )
    own = list(zip(*columns[1 + len(texts) :], strict=True)) if telling else None
    safe: frames.Columns = {
        column.name: ("text", safe_texts(values))
        for column, values in zip(texts, columns[1:], strict=False)
    }
    frames.write(con, "texts", {"_r": ("integer", columns[0]), **safe})


def _version(contract: Contract, version: str | None) -> str:
    told = contract.extract.version
    if isinstance(told, str):
        return _as_instant(contract, contract.by_name[told])
    return version or "cast(null as timestamp)"


def _time(contract: Contract, version: str | None) -> str:
    column = contract.time_column
    if column is not None:
        return _as_instant(contract, column)
    return version or "cast(null as timestamp)"


def _as_instant(contract: Contract, column: Column) -> str:
    """UTC; a date begins at midnight of the contract's zone."""
    value = f"cast({quoted(column.name)} as timestamp)"
    if column.data_type == "date" and contract.extract.zone != "UTC":
        return f"timezone('UTC', timezone({literal(contract.extract.zone)}, {value}))"
    return value


def _decade(value: str) -> str | None:
    year = re.search(r"(?<![0-9])(?:1[89]|20)[0-9]{2}(?![0-9])", value)
    return f"{year.group()[:3]}0s" if year else None


def _network(value: str) -> str | None:
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return None
    return str(ipaddress.ip_network((address, 16 if address.version == 4 else 32), strict=False))


def _region(value: str) -> str | None:
    """The first two signs of a post code; of an address its last part, if that has no number."""
    told = value.strip()
    if _POST_CODE.fullmatch(told):
        return told[:2].upper()
    last = told.rsplit(",", 1)[-1].strip()
    return last if "," in told and last and not re.search(r"\d", last) else None
