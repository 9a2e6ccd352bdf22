"""Rows without persons: each personal column becomes tokens, a region, a decade, or nothing."""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.archive import content
from cx_pipeline.landing.typed import literal
from cx_pipeline.privacy.presidio import Reread
from cx_pipeline.privacy.redaction import redact, redact_url
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.warehouse import quoted

Change = Callable[[Sequence[str]], Sequence[str | None]]

_POST_CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9]{2,5}[ -]?[A-Za-z0-9]{0,4}")
# What a row itself tells of its person, to be blanked in its free texts.
_TELLING = ("name", "email", "phone", "address", "account", "national_id", "card", "device")


def protect(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    tokenizer: Tokenizer,
    version: str | None,
    reread: Reread | None = None,
) -> str:
    """SELECT of the good rows of `typed`: contracted columns, _line, _version, _time, _hash.

    Works on distinct values, so a value costs once a piece. `version` is the SQL of the version
    that the file's name told, if it did. Reads `part` too, for what a row itself tells. Redacted
    texts go through `reread`, if there is one.
    """
    changes = {
        number: change
        for number, column in enumerate(contract.columns)
        if (change := _change_of(column, tokenizer))
    }
    _map_distinct(con, contract, changes)
    joins, shown = [], []
    texts = [column for column in contract.pii_columns if _is_text(column)]
    for number, column in enumerate(contract.columns):
        name = quoted(column.name)
        shown.append(f"typed.{name} as {name}")
        if number in changes:
            made = f"(select told, made from made where number = {number}) as map_{number}"
            joins.append(f"left join {made} on map_{number}.told = typed.{name}")
            shown[-1] = f"map_{number}.made as {name}"
        elif column in texts:
            shown[-1] = f"texts.{name} as {name}"
    if texts:
        _redact_texts(con, contract, texts, reread)
        joins.append("left join texts on texts._r = typed._r")
    return f"""
        select *, cast(md5({content(contract, contract.raw_columns)}) as uuid) as _hash
        from (select *, {_version(contract, version)} as _version,
                  {_time(contract, version)} as _time
              from (select {", ".join(shown)}, typed._line
                    from typed {" ".join(joins)} where _problem is null))"""


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
    names = (quoted(contract.columns[number].name) for number in changes)
    lists = ", ".join(f"list(distinct {n}) filter ({n} is not null)" for n in names)
    values = frames.row(con, f"select {lists} from typed where _problem is null")
    numbers: list[int] = []
    told: list[str] = []
    made: list[str | None] = []
    for (number, change), found in zip(changes.items(), values, strict=True):
        numbers += [number] * len(found or ())
        told += found or ()
        made += change(found or ())
    frames.write(
        con,
        "made",
        {"number": ("integer", numbers), "told": ("text", told), "made": ("text", made)},
    )


def _redact_texts(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    texts: Sequence[Column],
    reread: Reread | None,
) -> None:
    """Table `texts(_r, ...)`: each free text without patterns and what its own row tells."""
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
    known = list(zip(*columns[1 + len(texts) :], strict=True)) if telling else None
    safe: frames.Columns = {
        column.name: ("text", reread(redact(values, known)) if reread else redact(values, known))
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
