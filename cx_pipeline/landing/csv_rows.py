"""CSV to rows of text: fast by DuckDB while all is well, record by record where it is not."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.as_one import line_of, whole_files
from cx_pipeline.landing.decode import Piece
from cx_pipeline.landing.header import Header, by_place, fields, match, read, without_head
from cx_pipeline.landing.memory import in_memory
from cx_pipeline.landing.quarantine import Rejected
from cx_pipeline.landing.signs import BREAK, Signs
from cx_pipeline.landing.typed import literal
from cx_pipeline.landing.verify import FileFault

_LONGEST_FIELD = 2 << 20
_LONGEST_RECORD = 2_000  # lines: an unclosed quote may look this far for its end
_NO_NULL = "\ue0c0"
_NOTHING = "cast(null as varchar)"

# Makes table `typed` of `part`; returns how many rows that were.
Take = Callable[[], int]

csv.field_size_limit(_LONGEST_FIELD)


def part(
    con: duckdb.DuckDBPyConnection, contract: Contract, header: Header, piece: Piece
) -> list[Rejected]:
    """Make `part(r, line, c0, c1, ...)` from one piece; returns the records that are no rows.

    DuckDB reads the piece strictly and whole; at the first record it cannot read, or when lines
    and records do not tally, Python reads it, so that one bad record costs no other.
    """
    with in_memory([piece.text]) as path:
        try:
            return (
                []
                if _by_duckdb(con, contract, header, piece, path)
                else _by_python(con, contract, header, piece)
            )
        except duckdb.Error:  # its message holds raw values: never shown, never chained
            pass
    return _by_python(con, contract, header, piece)


@contextmanager
def together(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    paths: Sequence[Path],
    take: Callable[[], int],
) -> Iterator[list[set[str]]]:
    """As `part`, of many files with one header: `line` has its file's number above LINE_BITS.

    Gives of each file the columns outside the contract. Raises FileFault when a file has another
    header, or a record is not one line: then each file wants a reading of its own.
    """
    extract, signs = contract.extract, Signs.of(contract.extract)
    headers: list[Header] = []
    parts: list[tuple[int, int]] = []

    def texts() -> Iterator[bytes]:
        whole = whole_files(paths, extract.encoding, quote=extract.quote, signs=signs)
        for piece, file in zip(whole, paths, strict=True):
            rest, header = piece, by_place(contract)
            if extract.header_rows:
                names, lines = read(piece.text, extract)
                header = match(contract, names, file.name, lines)
                rest = without_head(piece, lines)
            headers.append(header)
            parts.append((rest.lines, rest.first_line))
            if (header.names, header.places) != (headers[0].names, headers[0].places):
                raise FileFault("its header is another")
            yield rest.text

    with in_memory(texts()) as path:
        source, wanted = _query(contract, headers[0], path)
        rows = f"create or replace temp table read as select {wanted} from {source}"
        if frames.number(con, rows) != sum(count for count, _ in parts):
            raise FileFault("a record of it is not one line")
    con.execute(
        f"""create or replace temp view part as
        select r, {line_of(parts)} as line, * exclude (r) from (select rowid as r, * from read)"""
    )
    take()
    yield [set(header.added) for header in headers]


def _query(contract: Contract, header: Header, path: str) -> tuple[str, str]:
    """SQL that reads the text at `path`, and the contract's columns c0, c1, ... of it."""
    extract, signs = contract.extract, Signs.of(contract.extract)
    nulls = ", ".join(map(literal, extract.nulls or (_NO_NULL,)))
    columns = ", ".join(f"'h{place}': 'VARCHAR'" for place in range(len(header.names)))
    source = (
        f"read_csv('{path}', auto_detect = false, header = false, columns = {{{columns}}}, "
        f"delim = {literal(signs.between)}, quote = {literal(extract.quote)}, "
        f"escape = {literal(extract.quote)}, nullstr = [{nulls}], strict_mode = true, "
        f"compression = 'none', max_line_size = {_LONGEST_FIELD})"
    )
    wanted = ", ".join(
        f"{_NOTHING if place is None else signs.back_in_sql(f'h{place}')} as c{number}"
        for number, place in enumerate(header.places)
    )
    return source, wanted


def _by_duckdb(
    con: duckdb.DuckDBPyConnection, contract: Contract, header: Header, piece: Piece, path: str
) -> bool:
    extract = contract.extract
    source, wanted = _query(contract, header, path)
    rows = frames.number(con, f"create or replace temp table read as select {wanted} from {source}")
    if rows == piece.lines:
        con.execute(
            "create or replace temp view part as "
            f"select rowid as r, {piece.first_line} + rowid as line, * from read"
        )
        return True
    ends = f"chr(10) || chr({ord(BREAK)})" if extract.escape else "chr(10)"
    breaks = " + ".join(
        f"coalesce(length(h{place}) - length(translate(h{place}, {ends}, '')), 0)"
        for place in range(len(header.names))
    )
    con.execute(
        f"create or replace temp table read as select {wanted}, {breaks} as breaks from {source}"
    )
    if frames.number(con, "select sum(1 + breaks) from read") != piece.lines:
        return False  # blank lines: their number is lost to DuckDB
    con.execute(
        f"""create or replace temp table read as
        select {piece.first_line} - 1 - breaks
            + cast(sum(1 + breaks) over (order by rowid) as bigint) as line, * exclude (breaks)
        from read"""
    )
    con.execute("create or replace temp view part as select rowid as r, * from read")
    return True


def _by_python(
    con: duckdb.DuckDBPyConnection, contract: Contract, header: Header, piece: Piece
) -> list[Rejected]:
    nulls, signs = set(contract.extract.nulls), Signs.of(contract.extract)
    wanted = header.places
    lines: list[int] = []
    columns: list[list[str | None]] = [[] for _ in wanted]
    rejected: list[Rejected] = []
    for line, row, raw in _records(contract, piece, len(header.names)):
        if row is None:
            rejected.append(Rejected.unread(line, raw, contract, len(header.names)))
            continue
        lines.append(line)
        for values, place in zip(columns, wanted, strict=True):
            value = None if place is None else row[place]
            values.append(None if value is None or value in nulls else signs.back(value))
    texts: frames.Columns = {f"c{n}": ("text", told) for n, told in enumerate(columns)}
    frames.write(con, "read", {"line": ("integer", lines), **texts})
    con.execute("create or replace temp view part as select rowid as r, * from read")
    return rejected


def _records(
    contract: Contract, piece: Piece, width: int
) -> Iterator[tuple[int, list[str] | None, str]]:
    """(line, fields, raw): a record of the wrong shape loses its first line, never the rest."""
    quote = contract.extract.quote
    lines = piece.text.decode("utf-8").split("\n")[:-1]
    at = inside = 0  # `inside`: line ends within records so far, which are signs
    while at < len(lines):
        raw, end = lines[at], at + 1
        while quote and raw.count(quote) % 2 and end < min(len(lines), at + _LONGEST_RECORD):
            raw, end = f"{raw}\n{lines[end]}", end + 1
        if not raw.strip("\r"):
            at = end
            continue
        row = _fields(raw.removesuffix("\r"), contract)
        if row is not None and len(row) == width:
            yield piece.first_line + inside + at, row, raw
        else:
            yield piece.first_line + inside + at, None, lines[at]
            raw, end = lines[at], at + 1
        inside += raw.count(BREAK)
        at = end


def _fields(raw: str, contract: Contract) -> list[str] | None:
    try:
        rows = list(fields([raw], contract.extract))
    except csv.Error:
        return None
    # Not left to csv's own limit: it is the whole process's, and a pull of exports raises it.
    is_row = len(rows) == 1 and all(len(field) <= _LONGEST_FIELD for field in rows[0])
    return rows[0] if is_row else None
