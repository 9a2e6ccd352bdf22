"""A contract proposed for one file, and the questions that the file alone cannot answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from cx_pipeline.extracts import unpacked_name
from cx_pipeline.landing.quarantine import shape
from cx_pipeline.profile.delivered import Delivered, look
from cx_pipeline.profile.keys import ProposedColumn, place_rows
from cx_pipeline.profile.personal import Personal, as_kind, personal
from cx_pipeline.profile.questions import Asked, Question, UnknownAnswer
from cx_pipeline.profile.types import (
    ALWAYS_NOTHING,
    Typed,
    Values,
    has_decimal_comma,
    order,
    settle_orders,
    type_of,
    values_of,
)

_KINDS_OF_PERSON = ("no", "name", "address", "account", "text")
_PREVIEWED = 20


@dataclass
class Proposal:
    """A contract for one table, as far as it can be told; `questions` are open."""

    table: str
    delivered: Delivered
    columns: list[ProposedColumn]
    extract: dict[str, Any]
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    preview: list[list[str]] = field(default_factory=list)

    def as_table(self) -> dict[str, Any]:
        """The table as it stands in `_<source>__sources.yml`."""
        columns = []
        for place, column in enumerate(self.columns):
            meta = self.delivered.named(place)
            if meta.get("from") == column.name:
                meta = {}
            meta |= column.typed.meta() | column.personal.meta()
            told: dict[str, Any] = {"name": column.name, "data_type": column.typed.data_type}
            if column.header != column.name:
                told["description"] = f"{column.header}, as delivered"
            columns.append(told | ({"config": {"meta": meta}} if meta else {}))
        meta = {"extract": self.extract, "expect": {"rows": {"min": 1}}}
        return {"name": self.table, "config": {"meta": meta}, "columns": columns}


def propose(
    con: duckdb.DuckDBPyConnection, path: Path, answers: Mapping[str, str], table: str = ""
) -> Proposal:
    """Look at a file and propose its contract; `answers` by key of a question.

    Raises FileFault when it cannot be read, UnknownAnswer for an answer that fits nothing.
    """
    asked = Asked(answers)
    seen = look(con, path, answers)
    names = _names(seen.headers)
    values = [values_of(con, place) for place in range(len(names))]
    decimal = _decimal(asked, seen, values)
    typed = {
        name: type_of(con, place, name, told, decimal)
        for place, (name, told) in enumerate(zip(names, values, strict=True))
    }
    columns = [
        ProposedColumn(name, header, typed[name], Personal(), told.filled, told.total)
        for name, header, told in zip(names, seen.headers, values, strict=True)
    ]
    for column, told in zip(columns, values, strict=True):
        column.personal = _personal(asked, column, told)
        if column.personal.kind and column.personal.kind != "birth_date":
            column.typed.keep_text()
    _settle(asked, seen, typed, values)
    extract = dict(seen.extract) | {"files": _glob(path.name)}
    if nulls := {text for told in values for text in told.texts if text.lower() in ALWAYS_NOTHING}:
        extract["nulls"] = ["", *sorted(nulls)]
        for column in columns:
            column.typed.nothing = tuple(t for t in column.typed.nothing if t not in nulls)
    _zone(asked, extract, columns)
    place_rows(con, asked, extract, columns, seen)
    asked.prove_all_used()
    made = Proposal(table or _table(path.name), seen, columns, extract, asked.open)
    made.notes = list(_notes(made))
    made.preview = _preview(con, columns)
    return made


def _names(headers: Sequence[str]) -> list[str]:
    """Column names: lower case, words apart by `_`, unique."""
    made: list[str] = []
    for place, header in enumerate(headers, start=1):
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header)
        name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:60]
        if not name or not name[0].isalpha():
            name = f"c_{name}" if name else f"column_{place}"
        made.append(name if name not in made else f"{name[:55]}_{place}")
    return made


def _table(file_name: str) -> str:
    stem = unpacked_name(file_name).rpartition(".")[0] or file_name
    name = re.sub(r"[^a-z]+", "_", stem.lower()).strip("_")
    return name[:50] or "rows"


def _glob(file_name: str) -> str:
    """The pattern of the file's names: dates and numbers of a delivery differ."""
    stem, dot, ending = unpacked_name(file_name).rpartition(".")
    told = re.sub(r"[-_. ]*[0-9][-_.0-9TZ]*", "*", stem) if stem else file_name
    return re.sub(r"\*+", "*", f"{told}{dot}{ending}" if "*" in told else f"{told}*{dot}{ending}")


def _decimal(asked: Asked, seen: Delivered, values: Sequence[Values]) -> str:
    """How the numbers of a CSV part their decimals; it stands in `extract` where it is a comma."""
    if seen.extract["format"] != "csv" or seen.extract.get("delimiter", ",") == ",":
        return "."
    told = has_decimal_comma(values)
    sign = "," if told else "."
    if told is None:
        text = "numbers such as 1,234: is the comma a decimal comma, or are they texts"
        sign = "," if asked.ask("decimal", text, ("comma", "text")) == "comma" else "."
    if sign == ",":
        seen.extract["decimal"] = ","
    return sign


def _settle(
    asked: Asked, seen: Delivered, typed: Mapping[str, Typed], values: Sequence[Values]
) -> None:
    if "encoding" in seen.extract:
        told = asked.ask(
            "encoding",
            f"it is not UTF-8 and looks like {seen.extract['encoding']}; which encoding is it",
        )
        seen.extract["encoding"] = told or seen.extract["encoding"]
    if "header?" in seen.notes:
        seen.notes.remove("header?")
        asked.ask("header", "is its first row a header (1), or is there none (0)", ("1", "0"))
    if open_ := settle_orders(typed):
        text = f"{', '.join(open_)}: no day is above 12; which stands first, the day or the month"
        first = asked.ask("date_order", text, ("day", "month"))
        for name in open_ if first else ():
            typed[name].format = order(typed[name].orders, "d" if first == "day" else "m")
    for name, column in zip(typed, values, strict=True):
        if typed[name].odd:
            choices = (typed[name].data_type, "varchar")
            text = (
                f"{name}: {typed[name].odd} of {column.filled} values are no {choices[0]}, the "
                f"first in row {typed[name].first_odd}; a type (they go to quarantine), or text"
            )
            if asked.ask(f"type.{name}", text, choices) == "varchar":
                typed[name].become_text()


def _personal(asked: Asked, column: ProposedColumn, values: Values) -> Personal:
    found = personal(column.header, column.typed, values)
    key = f"personal.{column.name}"
    if found.is_doubtful:
        text = f"{column.name}: many short texts of letters; are they of persons"
        said = asked.ask(key, text, _KINDS_OF_PERSON)
        return as_kind(said) if said else Personal("name", is_doubtful=True)
    said = asked.told(key)
    return as_kind(said) if said else found


def _zone(asked: Asked, extract: dict[str, Any], columns: Sequence[ProposedColumn]) -> None:
    naive = [column.name for column in columns if column.typed.wants_zone]
    if not naive:
        return
    zone = asked.ask("zone", f"{', '.join(naive)}: times without a zone; which zone are they of")
    try:
        ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise UnknownAnswer(
            f"zone is an IANA time zone such as Europe/Berlin, not {zone!r}"
        ) from unknown
    if zone and zone != "UTC":
        extract["zone"] = zone


def _notes(made: Proposal) -> list[str]:
    seen = made.delivered
    told = [*seen.notes]
    if not seen.is_whole:
        told.append(f"it was looked at for its first {seen.rows:,} rows")
    if seen.unread:
        told.append(f"{seen.unread:,} records cannot be read and would go to quarantine")
    if "key" not in made.extract:
        told.append("no column or pair of columns tells its rows apart: equal rows are kept")
    return told


def _preview(con: duckdb.DuckDBPyConnection, columns: Sequence[ProposedColumn]) -> list[list[str]]:
    """Twenty rows: numbers and times as they are, of personal columns the kind, else the shape."""
    rows = con.execute(f"from told limit {_PREVIEWED}").fetchall()
    return [
        [_shown(column, value) for column, value in zip(columns, row, strict=True)] for row in rows
    ]


def _shown(column: ProposedColumn, value: str | None) -> str:
    if value is None:
        return ""
    if column.personal.kind:
        return f"[{column.personal.kind}]"
    return shape(value)[:40] if column.typed.data_type == "varchar" else value
