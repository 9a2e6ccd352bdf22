"""Rows of read files into the archive, one Parquet file each, and what each file is judged by."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.extracts import FileVersion
from cx_pipeline.landing import frames
from cx_pipeline.landing.typed import literal
from cx_pipeline.warehouse import canonical_row, quoted

# A row's place among others: a number of its file above, its line below.
LINE_BITS = 36
LINE_MASK = (1 << LINE_BITS) - 1

# What a file is judged by: rows, nulls, ranges, outside, times.
Profile = dict[str, Any]

_NUMBERS = ("bigint", "integer", "double", "decimal")
# A group of rows is in memory as a whole while it is written: so many values, whatever the columns.
_GROUP_VALUES, _GROUP_ROWS = 2_000_000, 122_880
# Rows of a file which zstd takes longer to begin with than to pack.
_FEW = 1_000


def write(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    rows: str,
    targets: Mapping[int, Path],
    *,
    each: int | None = None,
) -> dict[int, Profile]:
    """Write the rows of the SELECT `rows` to the target of their file: the high bits of `_line`.

    Returns what each file is judged by. One file may be of any size: it is streamed, and its
    narrow columns are read again; small files that were read as one, of about `each` rows, pass
    through memory.
    """
    options = parquet_of(len(contract.columns), each)
    told = (
        f"select * replace (_line & {LINE_MASK} as _line), {key(contract)} as _key, "
        f"_line >> {LINE_BITS} as file from"
    )
    if len(targets) == 1:
        ((number, target),) = targets.items()
        if contract.extract.key:
            _copy(con, f"({told} ({rows}))", number, target, options)
        else:  # a row's name is not known before all are: they wait on the disk, not in memory
            with _beside(target, f"{id(con)}-unnamed") as waiting:
                unnamed = literal(str(waiting))
                con.execute(f"copy ({rows}) to {unnamed} (format parquet)")
                _copy(con, f"({told} read_parquet({unnamed}))", number, target, options)
        source = f"(select *, {number} as file from read_parquet({literal(str(target))}))"
        return _profiles(con, contract, source)
    con.execute(f"create or replace temp table ready as {told} ({rows})")
    _copy_each(con, "ready", targets, options)
    profiles = _profiles(con, contract, "ready")
    con.execute("drop table ready")
    return profiles


def parquet_of(columns: int, rows: int | None = None) -> str:
    """The options of COPY for a file of the archive of so many columns, and rows if known."""
    group = max(2048, min(_GROUP_ROWS, _GROUP_VALUES // columns))
    codec = "snappy" if rows is not None and rows < _FEW else "zstd, compression_level 1"
    return f"format parquet, compression {codec}, row_group_size {group}"


def rewrite(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    path: Path,
    target: Path,
    *,
    keep: str,
    values: Mapping[str, str],
) -> int:
    """Write a file of the archive anew as `target`: rows where `keep` holds; returns how many.

    `values` gives by column name the SQL of its new value. What a row is known by follows its
    content.
    """
    source = f"read_parquet({literal(str(path))})"
    columns = columns_in(con, path)
    shown = ", ".join(f"{values.get(name, quoted(name))} as {quoted(name)}" for name in columns)
    rows = (
        f"select *, {key(contract)} as _key from (select *, "
        f"cast(md5({content(contract, list(columns.items()))}) as uuid) as _hash "
        f"from (select {shown}, _line, _version, _time from {source} where {keep}))"
        if values
        else f"select * from {source} where {keep}"
    )
    made = f"copy ({rows}) to {literal(str(target))} ({parquet_of(len(columns))})"
    return frames.number(con, made)


def sweep(folder: Path) -> None:
    """Remove what a killed landing or rewriting left half written; only while nobody writes."""
    for left in folder.glob("*/.*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _copy(
    con: duckdb.DuckDBPyConnection, source: str, number: int, target: Path, options: str
) -> None:
    with _beside(target, id(con)) as aside:
        con.execute(
            f"copy (select * exclude (file) from {source} where file = {number}) "
            f"to {literal(str(aside))} ({options})"
        )
        aside.replace(target)


@contextmanager
def _beside(target: Path, name: object) -> Iterator[Path]:
    """A path for what is not to stay, which `sweep` removes after a crash."""
    path = target.with_name(f".{target.name}.{name}")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _copy_each(
    con: duckdb.DuckDBPyConnection, source: str, targets: Mapping[int, Path], options: str
) -> None:
    """The rows of each file to its target, by one query: one a file costs more than its rows."""
    folder = next(iter(targets.values())).parent
    with tempfile.TemporaryDirectory(prefix=".parts-", dir=folder) as aside:
        con.execute(
            f"copy (from {source}) to {literal(aside)} "
            f"({options}, partition_by (file), overwrite_or_ignore)"
        )
        for number, target in targets.items():
            (part,) = (Path(aside) / f"file={number}").iterdir()
            part.replace(target)


def columns_in(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """Type by name of the contracted columns in a file of the archive."""
    told = con.execute(f"describe from read_parquet({literal(str(path))})").fetchall()
    return {str(row[0]): str(row[1]) for row in told if not str(row[0]).startswith("_")}


def content(contract: Contract, columns: Sequence[tuple[str, str]]) -> str:
    """Canonical text of a row; a snapshot's version is part of it, else A, B, A would be A, B."""
    by_name = isinstance(contract.extract.version, FileVersion)
    return canonical_row([*sorted(columns), *([("_version", "TIMESTAMP")] if by_name else [])])


def key(contract: Contract, *, files: str = f", _line >> {LINE_BITS}", order: str = "_line") -> str:
    """What names a row: its key columns, else its content and which of equals it is in its file."""
    types = dict(contract.raw_columns)
    if contract.extract.key:
        told = canonical_row([(name, types[name]) for name in contract.extract.key])
    else:
        ordinal = f"row_number() over (partition by _hash{files} order by {order})"
        told = f"cast(_hash as varchar) || ':' || {ordinal}"
    return f"cast(md5({told}) as uuid)"


def _profiles(
    con: duckdb.DuckDBPyConnection, contract: Contract, source: str
) -> dict[int, Profile]:
    """By number of file: rows, null counts, ranges of plain numbers, times."""
    wanted = ["file", "count(*)", "min(_time)", "max(_time)"]
    wanted += [f"count(*) - count({quoted(c.name)})" for c in contract.columns]
    ranged = [c for c in contract.columns if c.pii is None and c.data_type.startswith(_NUMBERS)]
    for column in ranged:
        wanted += [f"min({quoted(column.name)})", f"max({quoted(column.name)})"]
    enums = [c for c in contract.columns if c.pii is None and c.enum]
    for column in enums:
        allowed = ", ".join(map(literal, column.enum))
        wanted.append(f"count(*) filter ({quoted(column.name)} not in ({allowed}))")
    found = con.execute(f"select {', '.join(wanted)} from {source} group by file").fetchall()
    told = {}
    for number, rows, first, last, *values in found:
        rest = iter(values)
        told[number] = {
            "times": (first, last),
            "rows": rows,
            "nulls": {column.name: next(rest) for column in contract.columns},
            "ranges": {c.name: [_number(next(rest)), _number(next(rest))] for c in ranged},
            "outside": {column.name: next(rest) for column in enums},
        }
    return told


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
