"""The readable page of an access: one offline HTML, every value escaped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_FOLDER = Path(__file__).parent / "templates"
_ROWS, _FEW = 200, 3  # a longer table is cut here, not in access.json; of few rows each is a column
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Shown:
    """One table of the page. `head` and each of `rows` have equal length."""

    title: str
    lede: str
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    meanings: tuple[tuple[str, str], ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Section:
    """Tables of one kind; without any, `nothing` is said."""

    anchor: str
    title: str
    lede: str
    tables: tuple[Shown, ...]
    nothing: str = "Nothing."


def write_page(told: Mapping[str, Any], path: Path) -> None:
    """Write the page of what `access.json` says."""
    loader = FileSystemLoader(_FOLDER)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    style = Markup((_FOLDER / "access.css").read_text(encoding="utf-8"))
    page = environment.get_template("access.html")
    path.write_text(page.render(told=told, sections=_sections(told), style=style), "utf-8")


def _sections(told: Mapping[str, Any]) -> list[Section]:
    return [
        Section(
            "data",
            "What your records say",
            "Rows about you, as the systems delivered them. Columns that we generalise or drop "
            "before storing are shown as they are stored.",
            tuple(_described(t, f"{t['source']}: {t['table']}") for t in told["rows"]),
        ),
        Section(
            "mentions",
            "Where others' records mention you",
            "Only the value that is yours and the time of the record; the rest is not yours.",
            tuple(
                _plain(t["rows"], f"{t['source']}: {t['table']}, {t['column']}", t["description"])
                for t in told["mentions"]
            ),
            "No record of anybody else mentions you.",
        ),
        Section(
            "analyses",
            "What we computed about you",
            "Each row stands under a pseudonym in the files that our analysts read.",
            tuple(_described(t, t["table"]) for t in told["analyses"]),
            told["analyses_left_out"] or "Nothing is computed about you at the moment.",
        ),
        *(
            Section(name, title, lede, (_plain(rows),) if rows else ())
            for name, title, lede, rows in _facts(told)
        ),
    ]


def _facts(told: Mapping[str, Any]) -> list[tuple[str, str, str, Rows]]:
    rights = [{"you have the right": right} for right in told["rights"]]
    return [
        ("consents", "What you consented to, and what you refused", "", told["consents"]),
        ("sources", "Where the data come from, and how far they reach", "", told["sources"]),
        ("purposes", "What we use them for", "", told["purposes"]),
        ("recipients", "Who reads them", "", told["recipients"]),
        ("published", "Published files", "", told["published"]),
        ("retention", "How long they are kept", "", told["retention"]),
        ("requests", "Your requests", "", told["requests"]),
        ("rights", "Your rights", "", rights),
    ]


def _described(table: Mapping[str, Any], title: str) -> Shown:
    """A table whose columns are described: what is empty throughout is left out."""
    said = {column["name"]: column["description"] for column in table["columns"]}
    rows: Rows = table["rows"]
    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    if len(rows) <= _FEW:
        head = ("", *(f"record {number}" for number in range(1, len(rows) + 1)))
        turned = tuple((said.get(n) or n, *(row[n] for row in rows)) for n in names)
        return Shown(title, table["description"], head, turned)
    meanings = tuple((name, said.get(name, "")) for name in names)
    return _cut(title, table["description"], names, rows, meanings)


def _plain(rows: Rows, title: str = "", lede: str = "") -> Shown:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return _cut(title, lede, names, rows, ())


def _cut(
    title: str, lede: str, names: Sequence[str], rows: Rows, meanings: tuple[tuple[str, str], ...]
) -> Shown:
    shown = tuple(tuple(_cell(row.get(name)) for name in names) for row in rows[:_ROWS])
    head = tuple(name.replace("_", " ") for name in names)
    return Shown(title, lede, head, shown, meanings, max(0, len(rows) - _ROWS))


def _cell(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
