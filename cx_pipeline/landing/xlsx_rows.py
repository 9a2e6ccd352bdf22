"""An Excel sheet to rows of text, streamed: what a cell shows is not asked, only what it holds."""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter
from xml.etree.ElementTree import ParseError

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames, unpack
from cx_pipeline.landing.decode import CONTROL
from cx_pipeline.landing.header import Header, by_place, match
from cx_pipeline.landing.quarantine import Rejected, shape
from cx_pipeline.landing.verify import FileFault

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell

_ROWS = 50_000
_LAST_ROW = 1_048_576  # of a sheet; a higher number would be filled up with empty rows
_SHARED_TEXTS = 64 << 20  # bytes of the one part that stands in memory
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # a file of before 2007, or an encrypted one
_MOST_INTEGER = 1 << 53
_ESCAPED = re.compile(r"_x00(?!0[9ADad]_)[01][0-9A-Fa-f]_")
# What a library says of a broken part of the archive; its words may quote cells.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, ParseError, KeyError, IndexError, ValueError,
    TypeError, AttributeError, OverflowError, NotImplementedError, RuntimeError,
)  # fmt: skip

Part = tuple[Header, list[Rejected]]


def parts(con: duckdb.DuckDBPyConnection, contract: Contract, path: Path) -> Iterator[Part]:
    """Make `part(r, line, c0, c1, ...)` of one stretch of rows after the other.

    `line` is the number of the row in the sheet. A formula counts by the value that was saved with
    it. A row that holds an Excel error in a contracted column goes to quarantine.
    """
    with _sheet(path, contract.extract.sheet) as rows:
        yield from _stretches(con, contract, path.name, rows)


def header_of(path: Path, sheet: str | None = None) -> list[str]:
    """The names in the first row of a sheet, the first one if none is named."""
    with _sheet(path, sheet) as rows:
        return [name.strip() for name in _names(next(rows, ()))]


@contextmanager
def _sheet(path: Path, wanted: str | None) -> Iterator[Iterator[Sequence["ReadOnlyCell"]]]:
    """Rows of a sheet; whatever is wrong with the file is one sentence."""
    from openpyxl import load_workbook  # takes 0.1 s, which every command would pay

    _prove(path)
    try:
        with catch_warnings():
            simplefilter("ignore")  # they quote cells
            # Cells are asked for what they hold, never computed: no formula, no link to others.
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                if wanted is not None and wanted not in book.sheetnames:
                    raise FileFault(f"it has no sheet {wanted!r}; deliver it with that sheet")
                sheets = book.worksheets
                if not sheets:
                    raise FileFault("it has no sheet; deliver it again")
                sheet = sheets[0] if wanted is None else book[wanted]
                sheet.reset_dimensions()  # what it says of its size may be less than there is
                yield sheet.iter_rows()
            finally:
                book.close()
    except FileFault:
        raise
    except _BROKEN:
        raise FileFault("it is not a readable Excel file (xlsx); deliver it again") from None


def _prove(path: Path) -> None:
    """What is in the archive, by its list: nothing of it is unpacked before."""
    with path.open("rb") as file:
        start = file.read(10)
    if start.startswith(_OLE):
        raise FileFault("it is an encrypted or an old Excel file; deliver it as plain xlsx")
    if unpack.packing(start) != "zip":
        raise FileFault("it is not an Excel file (xlsx); deliver it again")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
        raise FileFault("the Excel file is truncated or damaged; deliver it again") from None
    names = [member.filename for member in members]
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        raise FileFault("the Excel file carries a macro; save it as plain xlsx")
    if len(set(names)) != len(names) or "xl/workbook.xml" not in names:
        raise FileFault("it is not a readable Excel file (xlsx); deliver it again")
    if any(member.compress_type not in unpack.ZIP_METHODS for member in members):
        raise FileFault("the Excel file is packed in an unusual way; save it again")
    limit = unpack.growth_limit(path.stat().st_size)
    texts = sum(m.file_size for m in members if "sharedstrings" in m.filename.casefold())
    if sum(member.file_size for member in members) > limit:
        raise unpack.too_large("Excel file", limit)
    if texts > _SHARED_TEXTS:
        raise FileFault(
            f"its texts take more than {_SHARED_TEXTS >> 20} MiB of memory; deliver it as CSV"
        )


def _stretches(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    file_name: str,
    rows: Iterator[Sequence["ReadOnlyCell"]],
) -> Iterator[Part]:
    head = contract.extract.header_rows
    header = by_place(contract) if head == 0 else None
    taken = _Taken(contract)
    for line, cells in enumerate(rows, start=1):
        if line > _LAST_ROW:
            raise FileFault(f"a row of it has a number above {_LAST_ROW}; deliver it again")
        if line <= head:
            if line == 1:
                header = match(contract, _names(cells), file_name)
            continue
        assert header is not None
        taken.add(line, cells, header)
        if len(taken.lines) + len(taken.rejected) == _ROWS:
            yield header, taken.give(con)
    if header is None:
        raise FileFault("it has no header row; deliver it again")
    yield header, taken.give(con)


def _names(cells: Sequence["ReadOnlyCell"]) -> list[str]:
    names = [text_of(cell.value) or "" for cell in cells]
    while names and not names[-1].strip():
        names.pop()
    return names


class _Taken:
    """Rows of one stretch."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._nulls = set(contract.extract.nulls)
        self._clear()

    def _clear(self) -> None:
        self.lines: list[int] = []
        self.columns: list[list[str | None]] = [[] for _ in self._contract.columns]
        self.rejected: list[Rejected] = []

    def add(self, line: int, cells: Sequence["ReadOnlyCell"], header: Header) -> None:
        """A row without a value is no row; a value behind the header's last has no name."""
        if all(cell.value is None for cell in cells):
            return
        width = len(header.names)
        if any(cell.value is not None for cell in cells[width:]):
            reason = f"it does not have the header's {width} fields ({len(cells)})"
            self.rejected.append(Rejected(line, None, reason, _shown(cells)))
            return
        row: list[str | None] = []
        for column, place in zip(self._contract.columns, header.places, strict=True):
            cell = None if place is None or place >= len(cells) else cells[place]
            is_dropped = column.pii is not None and column.pii.action == "drop"
            if cell is not None and cell.data_type == "e" and not is_dropped:
                reason = "holds an Excel error"
                self.rejected.append(Rejected(line, column.name, reason, _shown(cells)))
                return
            text = None if cell is None else text_of(cell.value)
            row.append(None if text in self._nulls else text)
        self.lines.append(line)
        for values, value in zip(self.columns, row, strict=True):
            values.append(value)

    def give(self, con: duckdb.DuckDBPyConnection) -> list[Rejected]:
        texts: frames.Columns = {f"c{n}": ("text", told) for n, told in enumerate(self.columns)}
        frames.write(con, "read", {"line": ("integer", self.lines), **texts})
        con.execute("create or replace temp view part as select rowid as r, * from read")
        rejected = self.rejected
        self._clear()
        return rejected


def _shown(cells: Sequence["ReadOnlyCell"]) -> str:
    return shape(",".join(text_of(cell.value) or "" for cell in cells))


def text_of(value: Any) -> str | None:
    """A cell's value as a CSV would have it: ISO dates, 12 not 12.0, true and false."""
    if value is None or isinstance(value, str):
        return None if value is None else _plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_INTEGER:
        return str(int(value))
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _plain(text: str) -> str:
    """XML has no control characters; Excel writes them as _x0000_ escapes, which stay a mark."""
    marked = _ESCAPED.sub(CONTROL, text)
    return marked.replace("_x000D_", "\r")
