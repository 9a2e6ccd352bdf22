"""Rows of read files into the archive, one Parquet file each, and what each file is judged by."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing.typed import literal
from cx_pipeline.warehouse import canonical_row, quoted

# A row's place among others: a number of its file above, its line below.
LINE_BITS = 36
LINE_MASK = (1 << LINE_BITS) - 1

_NUMBERS = ("bigint", "integer", "double", "decimal")
_FORMAT = "format parquet, compression zstd, compression_level 1"


def write(
    con: duckdb.DuckDBPyConnection, contract: Contract, rows: str, targets: Mapping[int, Path]
) -> None:
    """Write the rows of the SELECT `rows` to the target of their file: the high bits of `_line`."""
    told = (
        f"select * replace (_line & {LINE_MASK} as _line), {_key(contract)} as _key, "
        f"_line >> {LINE_BITS} as file from ({rows})"
    )
    first = next(iter(targets.values()))
    aside = first.with_name(f".{first.name}.{id(con)}")
    shutil.rmtree(aside, ignore_errors=True)  # what a crash may have left
    aside.mkdir()
    try:
        if len(targets) == 1:
            con.execute(
                f"copy (select * exclude (file) from ({told}) where file = {min(targets)}) "
                f"to {literal(str(aside / first.name))} ({_FORMAT})"
            )
            (aside / first.name).replace(first)
            return
        con.execute(f"copy ({told}) to {literal(str(aside))} ({_FORMAT}, partition_by (file))")
        for number, target in targets.items():
            (aside / f"file={number}" / "data_0.parquet").replace(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _key(contract: Contract) -> str:
    """What names a row: its key columns, else its content and which of equals it is in its file."""
    types = dict(contract.raw_columns)
    if contract.extract.key:
        told = canonical_row([(name, types[name]) for name in contract.extract.key])
    else:
        same = f"partition by _hash, _line >> {LINE_BITS}"
        ordinal = f"row_number() over ({same} order by _line)"
        told = f"cast(_hash as varchar) || ':' || {ordinal}"
    return f"cast(md5({told}) as uuid)"


def profiles(
    con: duckdb.DuckDBPyConnection, contract: Contract, files: Sequence[Path]
) -> Mapping[str, dict[str, Any]]:
    """What the batch is judged by, by path: rows, null counts, ranges of plain numbers, times."""
    wanted = ["filename", "count(*)", "min(_time)", "max(_time)"]
    wanted += [f"count(*) - count({quoted(c.name)})" for c in contract.columns]
    ranged = [c for c in contract.columns if c.pii is None and c.data_type.startswith(_NUMBERS)]
    for column in ranged:
        wanted += [f"min({quoted(column.name)})", f"max({quoted(column.name)})"]
    enums = [c for c in contract.columns if c.pii is None and c.enum]
    for column in enums:
        allowed = ", ".join(map(literal, column.enum))
        wanted.append(f"count(*) filter ({quoted(column.name)} not in ({allowed}))")
    paths = ", ".join(literal(str(path)) for path in files)
    found = con.execute(
        f"""select {", ".join(wanted)} from read_parquet([{paths}], filename = true)
        group by filename"""
    ).fetchall()
    told = {}
    for path, rows, first, last, *values in found:
        rest = iter(values)
        told[path] = {
            "times": (first, last),
            "rows": rows,
            "nulls": {column.name: next(rest) for column in contract.columns},
            "ranges": {c.name: [_number(next(rest)), _number(next(rest))] for c in ranged},
            "outside": {column.name: next(rest) for column in enums},
        }
    return told


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
