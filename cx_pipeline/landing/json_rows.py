"""NDJSON to rows of text: nested paths, GA4-style key and value lists; bad lines to quarantine."""

import json
import re
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.as_one import line_of, whole_files
from cx_pipeline.landing.decode import CONTROL, UNDECODABLE, Piece, whole_text
from cx_pipeline.landing.memory import in_memory
from cx_pipeline.landing.quarantine import Rejected
from cx_pipeline.landing.typed import literal
from cx_pipeline.landing.verify import FileFault
from cx_pipeline.privacy.safe_text import safe_columns
from cx_pipeline.warehouse import quoted

_LIST_ITEM = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")
_VALUES = ("string_value", "int_value", "float_value", "double_value")
_PAIRS = f"STRUCT(key VARCHAR, value STRUCT({', '.join(f'{v} VARCHAR' for v in _VALUES)}))[]"
_SAMPLE = 20

# Struct members by name; None is a text, () a list of keys and values.
Shape = dict[str, Any]
# Makes table `typed` of `part`; returns how many rows that were.
Take = Callable[[], int]


def shape_of(contract: Contract) -> Shape:
    """Which members of a delivered object the contract's paths reach into."""
    shape: Shape = {}
    for column in contract.columns:
        if found := _LIST_ITEM.fullmatch(column.vendor_name):
            shape[found[1]] = ()
            continue
        *outer, last = column.path.split(".") if column.path else [column.vendor_name]
        level = shape
        for name in outer:
            inner = level.setdefault(name, {})
            if not isinstance(inner, dict):
                raise FileFault(f"the contract reads {name!r} both whole and in parts")
            level = inner
        level.setdefault(last, None)
    return shape


@contextmanager
def part(
    con: duckdb.DuckDBPyConnection, contract: Contract, piece: Piece, take: Take
) -> Iterator[list[Rejected]]:
    """Have the rows of one piece taken from `part(r, line, c0, c1, ...)`, which stays in the block.

    Gives the lines that are no rows.
    """
    shape = shape_of(contract)
    with in_memory([piece.text]) as path:
        try:
            _view(con, contract, shape, path, f"{piece.first_line} + r")
            whole = take() == piece.lines
        except duckdb.Error:  # its message holds raw values: never shown, never chained
            whole = False
        rejected = [] if whole else _repaired(con, contract, shape, piece)
        if not whole:
            take()
        yield rejected


@contextmanager
def together(
    con: duckdb.DuckDBPyConnection, contract: Contract, paths: Sequence[Path], take: Take
) -> Iterator[list[set[str]]]:
    """As `part`, of many files' lines: `line` has the number of its file above LINE_BITS.

    Gives of each file the members outside the contract. Raises FileFault when any line is no
    object by itself: then each file wants a reading of its own.
    """
    parts: list[tuple[int, int]] = []
    added: list[set[str]] = []
    shape = shape_of(contract)

    def texts() -> Iterator[bytes]:
        for piece in whole_files(paths, contract.extract.encoding):
            parts.append((piece.lines, 1))
            added.append(members(piece, shape) - set(shape))
            yield piece.text

    with in_memory(texts()) as path:
        _view(con, contract, shape, path, line_of(parts))
        if take() != sum(count for count, _ in parts):
            raise FileFault("a line of it is no object")
        yield added


def _view(
    con: duckdb.DuckDBPyConnection, contract: Contract, shape: Shape, path: str, line: str
) -> None:
    """`part` straight from the text: to keep its rows as text first costs as much as to parse it.

    A line that is no object is lost without a word: who takes the rows has to count them.
    """
    con.execute(
        f"""create or replace temp view part as select r, {line} as line, * exclude (r)
        from (select row_number() over () - 1 as r, * from ({_rows(contract, shape, path)}))"""
    )


def _rows(contract: Contract, shape: Shape, path: str) -> str:
    """SELECT of c0, c1, ... from the text at `path`, in its order."""
    columns = ", ".join(
        f"{literal(name)}: {literal(_type(inner))}" for name, inner in shape.items()
    )
    lists = [name for name, inner in shape.items() if inner == ()]
    texts = [f"p.value.{value}" for value in _VALUES]
    # Keys and values as two lists, a place looked up a key: 5 x faster than a map.
    helpers = "".join(
        f", list_transform({quoted(name)}, lambda p: p.key) as k{n}"
        f", list_transform({quoted(name)}, lambda p: coalesce({', '.join(texts)})) as v{n}"
        for n, name in enumerate(lists)
    )
    nulls = ", ".join(map(literal, contract.extract.nulls))
    wanted = []
    for number, column in enumerate(contract.columns):
        text = _text(column.vendor_name, column.path is not None, lists)
        told = f"case when {text} in ({nulls}) then null else {text} end" if nulls else text
        wanted.append(f"{told} as c{number}")
    return f"""select {", ".join(wanted)}
        from (select *{helpers} from read_json('{path}', format = 'newline_delimited',
            columns = {{{columns}}}, compression = 'none', maximum_object_size = 16777216))"""


def _type(inner: Any) -> str:
    if inner is None:
        return "VARCHAR"
    if inner == ():
        return _PAIRS
    return f"STRUCT({', '.join(f'{quoted(name)} {_type(deep)}' for name, deep in inner.items())})"


def _text(name: str, is_path: bool, lists: list[str]) -> str:
    if found := _LIST_ITEM.fullmatch(name):
        at = lists.index(found[1])
        return f"v{at}[cast(list_position(k{at}, {literal(found[2])}) as bigint)]"
    return ".".join(map(quoted, name.split("."))) if is_path else quoted(name)


def _repaired(
    con: duckdb.DuckDBPyConnection, contract: Contract, shape: Shape, piece: Piece
) -> list[Rejected]:
    """Read line by line in Python, then only the good lines by DuckDB."""
    rejected: list[Rejected] = []
    good: list[str] = []
    numbers: list[int] = []
    for number, raw in enumerate(piece.text.decode("utf-8").split("\n"), start=piece.first_line):
        if not raw.strip():
            continue
        if reason := _fault(raw, shape):
            rejected.append(Rejected.unparsed(number, raw, reason))
        else:
            good.append(raw)
            numbers.append(number)
    try:
        with in_memory(f"{line}\n".encode() for line in good) as path:
            rows = _rows(contract, shape, path)
            told = frames.number(con, f"create or replace temp table read as {rows}")
    except duckdb.Error:
        told = -1
    if told != len(good):
        raise FileFault("it cannot be read as NDJSON; deliver one JSON object a line")
    frames.write(con, "places", {"r": ("integer", range(told)), "line": ("integer", numbers)})
    con.execute(
        "create or replace temp view part as select places.r, line, read.* "
        "from read join places on places.r = read.rowid"
    )
    return rejected


class _Twice(ValueError):
    """A key stands twice in one object."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise _Twice
    return told


def _no_number(_: str) -> Any:
    raise ValueError("NaN and Infinity are no JSON")


def _fault(raw: str, shape: Shape) -> str | None:
    try:
        told = json.loads(raw, object_pairs_hook=_members, parse_constant=_no_number)
    except _Twice:
        return "it names a member twice"
    except (ValueError, RecursionError):
        marked = UNDECODABLE in raw or CONTROL in raw
        return "it holds unreadable bytes" if marked else "it is not JSON (cut off, or broken)"
    if not isinstance(told, dict):
        return "it is not a JSON object"
    try:
        json.dumps(told, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "it holds half a character"
    wrong = next(_misshapen(told, shape), None)
    return f"its member {wrong!r} is not what the contract reads" if wrong else None


def _misshapen(told: dict[str, Any], shape: Shape) -> Iterator[str]:
    for name, inner in shape.items():
        value = told.get(name)
        if value is None or inner is None:
            continue
        if inner == ():
            if not isinstance(value, list) or not all(map(_is_pair, value)):
                yield name
        elif not isinstance(value, dict):
            yield name
        else:
            yield from (f"{name}.{deep}" for deep in _misshapen(value, inner))


def _is_pair(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("value", {}), dict | None)


def members(piece: Piece, contracted: Container[str]) -> set[str]:
    """Names of the members of the first objects, as they may be shown: what a vendor added."""
    found: set[str] = set()
    for raw in piece.text[: 1 << 20].split(b"\n", _SAMPLE)[:_SAMPLE]:
        try:
            told = json.loads(raw.decode("utf-8", "ignore"))
        except ValueError:
            continue
        found.update(safe_columns(told, contracted) if isinstance(told, dict) else ())
    return found


def as_lines(document: bytes, encoding: str) -> bytes:
    """A JSON document (a list of objects, or one member that is such a list) as NDJSON in UTF-8."""
    text = whole_text(document, encoding)
    try:
        told = json.loads(text)
    except ValueError:
        raise FileFault("it is not JSON (cut off, or broken); deliver it again") from None
    lists = [told] if isinstance(told, list) else []
    if isinstance(told, dict):
        lists = [value for value in told.values() if isinstance(value, list)]
    if len(lists) != 1:
        raise FileFault("it is not a JSON list of objects; deliver a list, or NDJSON")
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in lists[0]).encode()
