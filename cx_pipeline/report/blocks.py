"""What a section is made of; the templates know how each looks. Plain data, nothing drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup


@dataclass(frozen=True)
class Cell:
    """A table cell; `small` stands below the text, `bar` (0..1) behind it, `tone` colours it."""

    text: str
    small: str = ""
    bar: float | None = None
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under headers; `left` counts the leading columns of words, the rest are numbers."""

    headers: tuple[str, ...]
    rows: Sequence[Sequence[Cell | str]]
    caption: str = ""
    note: str = ""
    left: int = 1
    is_tall: bool = False
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Figure:
    """A chart, what it shows, how to read it, and the numbers behind it."""

    title: str
    svg: Markup
    note: str
    table: Table | None = None
    legend: tuple[tuple[str, str], ...] = ()
    anchor: str = ""
    is_wide: bool = False
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True)
class Note:
    """A sentence to the reader; `tone` absent marks a part that no source fills."""

    text: str
    tone: str = ""
    kind: Literal["note"] = "note"


@dataclass(frozen=True)
class Card:
    """One KPI at a glance."""

    anchor: str
    name: str
    value: str
    facts: tuple[str, ...]
    change: str
    change_more: str
    tone: str
    target: str
    spark: Markup
    excluded: str
    terms: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cards:
    """The KPI overview."""

    cards: tuple[Card, ...]
    kind: Literal["cards"] = "cards"


@dataclass(frozen=True)
class Grid:
    """Figures and tables side by side, under a heading of their own if given."""

    items: tuple[Figure | Table, ...]
    title: str = ""
    kind: Literal["grid"] = "grid"


@dataclass(frozen=True)
class Fold:
    """A table behind a line that opens it."""

    title: str
    table: Table
    kind: Literal["fold"] = "fold"


Block = Table | Figure | Note | Cards | Grid | Fold


@dataclass(frozen=True)
class Section:
    """A part of the page with its own heading and place in the navigation."""

    anchor: str
    title: str
    lede: str
    blocks: tuple[Block, ...]


def missing(what: str, source: str) -> Note:
    """Says what is not there and which source would fill it."""
    return Note(f"No {what} in this publish. It is filled by {source}.", tone="absent")
