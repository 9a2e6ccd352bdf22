"""Which delivered column is which of the contract's: by name, in any order."""

import csv
import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cx_pipeline.contracts import Contract
from cx_pipeline.extracts import Extract
from cx_pipeline.landing.decode import Piece
from cx_pipeline.landing.signs import Signs
from cx_pipeline.landing.verify import FileFault
from cx_pipeline.privacy.safe_text import safe_columns

_LONGEST_HEADER = 1 << 20


@dataclass(frozen=True)
class Header:
    """Names as delivered; for each column of the contract its place, or None if not delivered.

    `added` are names outside the contract as they may be shown: a header may be a value.
    """

    names: tuple[str, ...]
    places: tuple[int | None, ...]
    added: tuple[str, ...]
    lines: int = 0


def match(contract: Contract, names: Sequence[str], file_name: str, lines: int = 0) -> Header:
    """Find the contract's columns among the names that this file delivers.

    Raises FileFault for a name that stands twice, or a missing column (naming the nearest).
    """
    told = tuple(name.strip() for name in names)
    known = [column.vendor_names(file_name) for column in contract.columns]
    wanted = {name for names_of in known for name in names_of}
    shown = safe_columns(told, wanted)
    seen: dict[str, int] = {}
    for place, name in enumerate(told):
        if name.casefold() in seen:
            raise FileFault(
                f"its header names {shown[place]!r} twice; deliver it with unique names"
            )
        seen[name.casefold()] = place
    exact = {name: place for place, name in enumerate(told)}
    places: list[int | None] = []
    for column, names_of in zip(contract.columns, known, strict=True):
        found = [name for name in names_of if name in exact]
        if column.parts:
            places.append(None)
            continue
        if len(found) > 1:
            raise FileFault(
                f"its header names {found[0]!r} and {found[1]!r}, which are one column; deliver it "
                "with one of them, or change the contract"
            )
        if found:
            places.append(exact[found[0]])
        elif column.optional:
            places.append(None)
        else:
            raise FileFault(missing(names_of[0], shown))
    added = (s for s, name in zip(shown, told, strict=True) if name and name not in wanted)
    return Header(told, tuple(places), tuple(added), lines)


def by_place(contract: Contract) -> Header:
    """The header of a file that has none: the contract's columns, in its order."""
    names = tuple(column.name for column in contract.delivered)
    place = {name: number for number, name in enumerate(names)}
    return Header(names, tuple(place.get(column.name) for column in contract.columns), ())


def none_fits(contract: Contract) -> str:
    """The sentence for a file without a header of which no row is as the contract says."""
    return (
        f"none of its rows is {len(contract.delivered)} fields as the contract says, and it has no "
        "header to know them by; deliver the agreed columns, or change the contract"
    )


def missing(wanted: str, told: Sequence[str]) -> str:
    """The sentence for a column that is not there, with the nearest name that is."""
    near = {name.casefold(): name for name in told}
    found = difflib.get_close_matches(wanted.casefold(), near, n=1, cutoff=0.5)
    nearest = f"; the nearest is {near[found[0]]!r}" if found else ""
    return (
        f"its required column {wanted!r} is missing{nearest}; deliver it with that column, or "
        "change the contract"
    )


def read(text: bytes, extract: Extract) -> tuple[list[str], int]:
    """Names of the first header row of a CSV, and how many lines all header rows take."""
    signs = Signs.of(extract)
    head = text[:_LONGEST_HEADER].decode("utf-8", "replace")
    lines = _Counted([f"{line}\n" for line in head.split("\n")[:-1]])
    rows: list[list[str]] = []
    try:
        for row in fields(lines, extract):
            rows.append(row)
            if len(rows) == extract.header_rows:
                break
    except csv.Error:
        raise FileFault("its header cannot be read; deliver it again") from None
    if len(rows) < extract.header_rows:
        raise FileFault(f"it has fewer than {extract.header_rows} header rows; deliver it again")
    return [signs.back(name) for name in rows[0]], lines.taken


def without_head(piece: Piece, lines: int) -> Piece:
    """The piece after its first lines."""
    end = 0
    for _ in range(lines):
        end = piece.text.find(b"\n", end) + 1
    return replace(piece, text=piece.text[end:], first_line=piece.first_line + lines)


class _Counted:
    """Lines, and how many of them have been taken."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = iter(lines)
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken += 1
        return line


def fields(lines: Iterable[str], extract: Extract) -> Iterator[list[str]]:
    """Python's csv over a rewritten text (see Signs); raises csv.Error as strictly as DuckDB."""
    between = Signs.of(extract).between
    if not extract.quote:
        return csv.reader(lines, delimiter=between, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines, delimiter=between, quotechar=extract.quote, strict=True)
