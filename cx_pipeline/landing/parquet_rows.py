"""Parquet to rows of text, so that types are judged the same way as everywhere else."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.header import Header, match
from cx_pipeline.landing.typed import literal
from cx_pipeline.landing.verify import FileFault
from cx_pipeline.warehouse import quoted

_ROWS = 200_000


def parts(con: duckdb.DuckDBPyConnection, contract: Contract, path: Path) -> Iterator[Header]:
    """Make `part(r, line, c0, c1, ...)` of one stretch of rows after the other."""
    source = f"read_parquet({literal(str(path))}, file_row_number = true)"
    try:
        told = con.execute(f"describe select * from {source}").fetchall()
        names = [str(row[0]) for row in told if row[0] != "file_row_number"]
        header = match(contract, names, path.name)
        wanted = ", ".join(
            f"{_text(None if place is None else names[place], contract.extract.nulls)} as c{n}"
            for n, place in enumerate(header.places)
        )
        rows = frames.number(con, f"select count(*) from {source}")
        for start in range(0, max(rows, 1), _ROWS):
            con.execute(
                f"""create or replace temp table read as
                select 1 + file_row_number as line, {wanted} from {source}
                where file_row_number >= {start} and file_row_number < {start + _ROWS}"""
            )
            con.execute("create or replace temp view part as select rowid as r, * from read")
            yield header
    except duckdb.Error:  # its message may hold raw values
        raise FileFault("it is not a readable Parquet file; deliver it again") from None


def _text(name: str | None, nulls: tuple[str, ...]) -> str:
    if name is None:
        return "cast(null as varchar)"
    told = f"cast({quoted(name)} as varchar)"
    if not nulls:
        return told
    return f"case when {told} in ({', '.join(map(literal, nulls))}) then null else {told} end"
