"""How a text of records is written: its delimiter, its quotes, its header."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from cx_pipeline.extracts import Extract
from cx_pipeline.landing.header import fields
from cx_pipeline.privacy.detectors import find_personal

RECORDS = 200  # looked at
_DELIMITERS = ",;\t|^ "


def widths(lines: Sequence[str], delimiter: str, quote: str) -> Counter[int]:
    """How many records have how many fields; none where they cannot be read."""
    told = Extract(files="*", format="csv", kind="events", delimiter=delimiter, quote=quote)
    try:
        return Counter(
            len(row)
            for row in islice(fields((f"{line}\n" for line in lines), told), RECORDS)
            if row
        )
    except csv.Error:
        return Counter()


def delimiter_of(lines: Sequence[str]) -> str:
    """The sign by which the most records have the most common width; a comma for one column."""
    best, found = (0.0, 0), ","
    for sign in _DELIMITERS:
        found_widths = widths(lines, sign, '"') or widths(lines, sign, "")
        if not found_widths:
            continue
        width, count = found_widths.most_common(1)[0]
        told = (round(count / sum(found_widths.values()), 2), width)
        if width > 1 and told > best:
            best, found = told, sign
    return found


def header_rows_of(records: Sequence[Sequence[str]]) -> int:
    """0, 1, or 3 as Qualtrics writes them: names, questions, and ids as JSON."""
    first = [cell.strip() for cell in records[0]]
    if len(records) > 2 and records[2] and records[2][0].lstrip().startswith('{"ImportId"'):
        return 3
    is_value = re.compile(r"[-+]?[0-9][0-9.,:/ -]*")
    if any(is_value.fullmatch(cell) or find_personal(cell) for cell in first):
        return 0
    return 1 if any(first) else 0


def is_header_doubtful(records: Sequence[Sequence[str]]) -> bool:
    """A cell of the first row comes again below it in the same column."""
    return any(
        cell.strip() and cell in {row[place] for row in records[1:] if len(row) > place}
        for place, cell in enumerate(records[0])
    )
