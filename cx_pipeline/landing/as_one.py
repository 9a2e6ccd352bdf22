"""Small files read as if they were one: a query costs more than their rows."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from cx_pipeline.contracts import Contract
from cx_pipeline.extracts import FileVersion
from cx_pipeline.landing.archive import LINE_BITS
from cx_pipeline.landing.decode import Piece, encoded_twice, pieces
from cx_pipeline.landing.signs import Signs
from cx_pipeline.landing.unpack import blocks
from cx_pipeline.landing.verify import FileFault


def can_be_together(contract: Contract) -> bool:
    """Whether many files of it can be read as one: records in lines, no version of a file's own."""
    extract = contract.extract
    return extract.format in ("ndjson", "csv") and not isinstance(extract.version, FileVersion)


def whole_files(
    paths: Iterable[Path], encoding: str, *, quote: str = "", signs: Signs | None = None
) -> Iterator[Piece]:
    """The text of each file. Raises FileFault when one wants a reading of its own."""
    for path in paths:
        found = list(pieces(blocks(path), encoding=encoding, quote=quote, signs=signs))
        if len(found) != 1 or found[0].marked or encoded_twice(found[0].text):
            raise FileFault("it is empty, large, or of another encoding")
        yield found[0]


def line_of(parts: Sequence[tuple[int, int]]) -> str:
    """SQL: the line of row `r` in its file, and the number of that file above LINE_BITS.

    `parts` are (lines, number of the first line) of each file, in order.
    """
    ends = accumulate(count for count, _ in parts)
    whens = "".join(
        f" when r < {end} then {(number << LINE_BITS) + first - end + count}"
        for number, (end, (count, first)) in enumerate(zip(ends, parts, strict=True))
    )
    return f"r + case{whens} end"
