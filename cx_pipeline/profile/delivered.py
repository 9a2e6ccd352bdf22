"""What a file is, told from the file alone: packing, encoding, dialect, header, columns, rows.

Rows come through the landing's own readers, so what is proposed is what the landing will read.
"""

import csv
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract
from cx_pipeline.extracts import Extract
from cx_pipeline.landing import csv_rows, frames, json_rows, parquet_rows, xlsx_rows
from cx_pipeline.landing.decode import likely_encoding, pieces
from cx_pipeline.landing.header import by_place, fields, match, read, without_head
from cx_pipeline.landing.signs import Signs
from cx_pipeline.landing.unpack import blocks, packing_of
from cx_pipeline.landing.verify import FileFault
from cx_pipeline.profile.dialect import (
    RECORDS,
    delimiter_of,
    header_rows_of,
    is_header_doubtful,
    widths,
)
from cx_pipeline.profile.objects import is_document, paths_of

# So much text is looked at, and no more: what is proposed says of how many rows it was told.
MOST_BYTES = 64 << 20
_SAMPLE = 4 << 20
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass
class Delivered:
    """What one file is. Its rows stand in table `told(c0, c1, ...)` as texts, null for empty.

    `headers` are the vendor's names or paths, one a column; `is_path` says which are paths.
    """

    path: Path
    extract: dict[str, Any]
    headers: tuple[str, ...] = ()
    is_path: tuple[bool, ...] = ()
    rows: int = 0
    unread: int = 0
    is_whole: bool = True
    notes: list[str] = field(default_factory=list)

    def contract(self) -> Contract:
        """A contract that takes every column as text."""
        columns = tuple(
            Column(name=f"c{place}", **self.named(place)) for place in range(len(self.headers))
        )
        extract = Extract(**self.extract)
        return Contract(source="profile", table="told", extract=extract, columns=columns)

    def named(self, place: int) -> dict[str, Any]:
        """How a contract calls the delivered column: `from` or `path`; nothing without a header."""
        if self.extract.get("header_rows") == 0:
            return {}
        return {"path" if self.is_path[place] else "from": self.headers[place]}


def look(con: duckdb.DuckDBPyConnection, path: Path, answers: Mapping[str, str]) -> Delivered:
    """Tell what the file is and fill `told`; `answers` may say encoding, delimiter and header.

    Raises FileFault in one sentence when it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PAR1"):
        return _parquet(con, path)
    if start.startswith((b"PK", bytes.fromhex("d0cf11e0"))) and _is_workbook(path):
        return _workbook(con, path, answers)
    sample = b"".join(_first(blocks(path), _SAMPLE))
    encoding = answers.get("encoding") or _encoding(sample)
    text = sample.decode("utf-8-sig" if encoding == "utf-8" else encoding, "ignore")
    if sample.startswith(_BOMS[1:]):
        text = sample.decode("utf-16", "ignore")
    first = text.lstrip()[:1]
    if first in ("[", "{"):
        return _json(con, path, encoding, text)
    return _csv(con, path, encoding, text, answers)


def _is_workbook(path: Path) -> bool:
    if packing_of(path) != "zip":
        return True  # an old or encrypted one, which the reader refuses in its own words
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _first(source: Iterator[bytes], size: int) -> Iterator[bytes]:
    taken = 0
    for block in source:
        yield block
        taken += len(block)
        if taken >= size:
            return


def _encoding(sample: bytes) -> str:
    """UTF-8 where it is that, or marked; else the likely one."""
    if sample.startswith(_BOMS):
        return "utf-8"
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as wrong:
        if len(sample) - wrong.start < 4:  # the sample ends within a character
            return "utf-8"
        return likely_encoding(sample[max(0, wrong.start - 64) : wrong.start + 4096])
    return "utf-8"


# ---- texts with a delimiter --------------------------------------------------------------


def _csv(
    con: duckdb.DuckDBPyConnection, path: Path, encoding: str, text: str, answers: Mapping[str, str]
) -> Delivered:
    line_end = "cr" if "\r" in text and "\n" not in text else "lf"
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[: 5 * RECORDS]
    delimiter = answers.get("delimiter") or delimiter_of(lines)
    quote = '"' if '"' not in text or widths(lines, delimiter, '"') else ""
    told = Extract(files="*", format="csv", kind="events", delimiter=delimiter, quote=quote)
    try:
        records = list(islice(fields((f"{line}\n" for line in lines), told), RECORDS))
    except csv.Error:
        records = []
    if not records:
        raise FileFault("its first records cannot be read as CSV; say its delimiter")
    said = answers.get("header")
    header_rows = int(said) if said else header_rows_of(records)
    extract: dict[str, Any] = {"files": path.name, "format": "csv", "kind": "events"}
    optional = {
        "encoding": encoding, "delimiter": delimiter, "quote": quote, "line_end": line_end,
    }  # fmt: skip
    defaults = {"encoding": "utf-8", "delimiter": ",", "quote": '"', "line_end": "lf"}
    extract |= {key: value for key, value in optional.items() if value != defaults[key]}
    if header_rows != 1:
        extract["header_rows"] = header_rows
    notes = []
    if header_rows:
        named = [name.strip() for name in records[0]]
        headers = tuple(name for name in named if name)
        if blank := len(named) - len(headers):
            notes.append(f"{blank} columns have no name in the header and are left out")
    else:
        headers = tuple(f"column_{place}" for place in range(1, len(records[0]) + 1))
    seen = Delivered(path, extract, headers, (False,) * len(headers), notes=notes)
    if said is None and header_rows == 1 and is_header_doubtful(records):
        seen.notes.append("header?")
    contract = seen.contract()
    header = None if header_rows else by_place(contract)
    taken = 0
    signs = Signs.of(contract.extract)
    for piece in pieces(blocks(path), encoding=encoding, quote=quote, signs=signs):
        rest = piece
        if header is None:
            names, lines_taken = read(piece.text, contract.extract)
            header = match(contract, names, path.name, lines_taken)
            rest = without_head(piece, lines_taken)
        seen.unread += len(csv_rows.part(con, contract, header, rest))
        _keep(con, seen)
        taken += len(piece.text)
        if taken >= MOST_BYTES:
            seen.is_whole = False
            break
    return seen


# ---- objects --------------------------------------------------------------------------


def _json(con: duckdb.DuckDBPyConnection, path: Path, encoding: str, text: str) -> Delivered:
    line, _, more = text.strip().partition("\n")
    try:
        told = json.loads(line)
        is_lines = isinstance(told, dict) and (bool(more) or not is_document(told))
    except ValueError:
        is_lines = False
    source: Iterator[bytes] = blocks(path)
    if not is_lines:
        source = iter([json_rows.as_lines(b"".join(source), encoding)])
        encoding_of_lines = "utf-8"
    else:
        encoding_of_lines = encoding
    extract = {"files": path.name, "format": "ndjson" if is_lines else "json", "kind": "events"}
    if encoding != "utf-8":
        extract["encoding"] = encoding
    seen = Delivered(path, extract)
    taken = 0
    for piece in pieces(source, encoding=encoding_of_lines):
        if not seen.headers:
            paths = paths_of(piece)
            seen.headers = tuple(paths)
            seen.is_path = tuple("." in told or "[" in told for told in paths)
            if not paths:
                raise FileFault("its lines are no JSON objects; deliver one object a line")
        contract = seen.contract()

        def take() -> int:
            return frames.number(con, "create or replace temp table piece as from part")

        with json_rows.part(con, contract, piece, take) as rejected:
            seen.unread += len(rejected)
        _keep(con, seen, "piece")
        taken += len(piece.text)
        if taken >= MOST_BYTES:
            seen.is_whole = False
            break
    return seen


# ---- tables ------------------------------------------------------------------------------


def _parquet(con: duckdb.DuckDBPyConnection, path: Path) -> Delivered:
    try:
        told = con.execute("select name from parquet_schema(?)", [str(path)]).fetchall()
        described = con.execute(
            "select column_name from (describe select * from read_parquet(?))", [str(path)]
        ).fetchall()
    except duckdb.Error:
        raise FileFault("it is not a readable Parquet file; deliver it again") from None
    headers = tuple(str(row[0]) for row in described)
    nested = len(told) - 1 > len(headers)
    seen = Delivered(
        path, {"files": path.name, "format": "parquet", "kind": "events"}, headers,
        (False,) * len(headers), notes=["nested columns are read as text"] if nested else [],
    )  # fmt: skip
    for _ in parquet_rows.parts(con, seen.contract(), path):
        _keep(con, seen)
        if seen.rows >= 1_000_000:
            seen.is_whole = False
            break
    return seen


def _workbook(con: duckdb.DuckDBPyConnection, path: Path, answers: Mapping[str, str]) -> Delivered:
    extract: dict[str, Any] = {"files": path.name, "format": "xlsx", "kind": "events"}
    if sheet := answers.get("sheet"):
        extract["sheet"] = sheet
    headers = xlsx_rows.header_of(path, answers.get("sheet"))
    named = tuple(name for name in headers if name)
    seen = Delivered(path, extract, named, (False,) * len(named))
    for _, rejected in xlsx_rows.parts(con, seen.contract(), path):
        seen.unread += len(rejected)
        _keep(con, seen)
    return seen


def _keep(con: duckdb.DuckDBPyConnection, seen: Delivered, source: str = "part") -> None:
    columns = ", ".join(f"nullif(trim(c{n}), '') as c{n}" for n in range(len(seen.headers)))
    rows = f"select {columns} from {source}"
    if seen.rows == 0:
        con.execute(f"create or replace temp table told as {rows} limit 0")
    seen.rows += frames.number(con, f"insert into told {rows}")
