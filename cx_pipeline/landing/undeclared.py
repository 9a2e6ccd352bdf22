"""Personal values in columns that are not said to be personal: people write anything anywhere."""

import json
from collections.abc import Sequence
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.typed import literal
from cx_pipeline.privacy.detectors import PREFILTER_SQL, find_personal
from cx_pipeline.privacy.redaction import redact
from cx_pipeline.warehouse import quoted


def redact_undeclared(con: duckdb.DuckDBPyConnection, contract: Contract) -> set[int]:
    """Table `strays(number, told, made)`: values in which a pattern finds somebody, and what stays.

    Returns the numbers of the columns that hold any. Keys stay as they are: they tell rows apart,
    and the search of what is published stops the night.
    """
    con.execute("create or replace temp table strays (number integer, told text, made text)")
    numbers = [
        number
        for number, column in enumerate(contract.columns)
        if column.pii is None
        and column.raw_type == "VARCHAR"
        and column.name not in contract.extract.key
    ]
    if not numbers:
        return set()
    suspect = f"strlen(x) > length(x) or regexp_matches(x, {literal(PREFILTER_SQL)})"
    names = [quoted(contract.columns[number].name) for number in numbers]
    values = frames.distinct(con, names, "typed where _problem is null", only=suspect)
    found = [
        (number, told, made)
        for number, suspects in zip(numbers, values, strict=True)
        for told, made in _redacted(contract.columns[number].data_type, suspects)
    ]
    if found:
        frames.write(
            con,
            "strays",
            {
                "number": ("integer", [number for number, _, _ in found]),
                "told": ("text", [told for _, told, _ in found]),
                "made": ("text", [made for _, _, made in found]),
            },
        )
    return {number for number, _, _ in found}


def stray_sentences(con: duckdb.DuckDBPyConnection, contract: Contract) -> list[str]:
    """What a night says of `strays`: nothing is changed in silence."""
    rows = con.execute("select number, count(*) from strays group by 1 order by 1").fetchall()
    return [
        f"column {contract.columns[number].name} is not said to be personal and held "
        f"{count} personal values: they were redacted; declare it in the contract"
        for number, count in rows
    ]


def _redacted(data_type: str, values: Sequence[str]) -> list[tuple[str, str]]:
    """The values that hold something personal, each with what is left of it."""
    change = _json if data_type == "json" else _text
    return [(value, made) for value in values if (made := change(value)) != value]


def _text(value: str) -> str:
    """Only where somebody is found: an address of a page is no fault in itself."""
    return (redact([value])[0] or "") if find_personal(value) else value


def _json(value: str) -> str:
    """Text by text, so that it stays JSON; what is none is redacted whole."""
    try:
        told = json.loads(value)
    except ValueError:
        return _text(value)
    made = _walked(told)
    return value if made == told else json.dumps(made, ensure_ascii=False)


def _walked(told: Any) -> Any:
    if isinstance(told, str):
        return _text(told)
    if isinstance(told, list):
        return [_walked(one) for one in told]
    if isinstance(told, dict):
        return {_text(name): _walked(value) for name, value in told.items()}
    return told
