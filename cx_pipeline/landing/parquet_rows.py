"""Parquet to rows of text, so that types are judged the same way as everywhere else."""

from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing.header import Header, match
from cx_pipeline.landing.typed import literal
from cx_pipeline.landing.verify import FileFault
from cx_pipeline.warehouse import quoted


def part(con: duckdb.DuckDBPyConnection, contract: Contract, path: Path) -> Header:
    """Make `part(r, line, c0, c1, ...)` from the whole file."""
    source = f"read_parquet({literal(str(path))})"
    try:
        names = [str(row[0]) for row in con.execute(f"describe select * from {source}").fetchall()]
        header = match(contract, names)
        wanted = ", ".join(
            f"{'null' if place is None else _text(names[place], contract.extract.nulls)} as c{n}"
            for n, place in enumerate(header.places)
        )
        con.execute(f"create or replace temp table read as select {wanted} from {source}")
        con.execute(
            "create or replace temp view part as select rowid as r, 1 + rowid as line, * from read"
        )
    except duckdb.Error:  # its message may hold raw values
        raise FileFault("it is not a readable Parquet file; deliver it again") from None
    return header


def _text(name: str, nulls: tuple[str, ...]) -> str:
    told = f"cast({quoted(name)} as varchar)"
    if not nulls:
        return told
    return f"case when {told} in ({', '.join(map(literal, nulls))}) then null else {told} end"
