"""What a figure rests on: its rows, the lines of the files they came from, models and checks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.explain.figure import FACTS, Cell, Definition
from cx_pipeline.warehouse import quoted

# Who is who and in which segment says whose a row is, not what it tells.
_BESIDE = ("intermediate/identity", "intermediate/segments", "marts/segments", "marts/customers")


@dataclass(frozen=True)
class Origin:
    """A line of a delivered file."""

    source: str
    table: str
    file: str
    line: int


@dataclass(frozen=True)
class Delivered:
    """What a raw table under a figure was loaded from."""

    source: str
    table: str
    files: int
    rows: int
    last_loaded_at: datetime | None


def rows_sql(kpi: Definition, asked: Cell) -> tuple[str, list[Any]]:
    """SQL of the rows of a cell: what each adds or why it is left out, beside the fact itself."""
    where, marks = asked.condition(kpi.kpi_id)
    return (
        "select k.reason as left_out, k.numerator as adds, k.denominator as adds_below, f.*\n"
        f"from (select * from {FACTS} where {where}) as k\n"
        f"inner join (select * from marts.{kpi.fact_table} where {kpi.population}) as f\n"
        f"    on f.{kpi.fact_key} = k.fact_id and f.local_date = k.fact_date\n"
        f"order by k.fact_date, k.fact_id",
        marks,
    )


def shown(sql: str, marks: Sequence[Any]) -> str:
    """The SQL with its values in it, as a person can run it."""
    for mark in marks:
        sql = sql.replace("?", "'" + str(mark).replace("'", "''") + "'", 1)
    return sql


def rows(
    con: duckdb.DuckDBPyConnection, kpi: Definition, asked: Cell, limit: int
) -> list[dict[str, Any]]:
    """The first rows of a cell."""
    sql, marks = rows_sql(kpi, asked)
    found = con.execute(f"{sql}\nlimit {limit}", marks)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def models(manifest: Mapping[str, Any], kpi: Definition) -> list[str]:
    """The models between the files and the figure, the fact first, without those beside it."""
    return [manifest["nodes"][name]["name"] for name in _above(manifest, kpi.fact_table)]


def tables(manifest: Mapping[str, Any], kpi: Definition) -> list[tuple[str, str]]:
    """(source, table) of each raw table that the fact is made from."""
    found = set()
    for name in _above(manifest, kpi.fact_table):
        for parent in manifest["nodes"][name]["depends_on"]["nodes"]:
            source = manifest["sources"].get(parent)
            if source and source["source_name"] != "landing":
                found.add((source["source_name"], source["identifier"]))
    return sorted(found)


def _above(manifest: Mapping[str, Any], fact: str) -> Iterator[str]:
    project = manifest["metadata"]["project_name"]
    todo, seen = [f"model.{project}.{fact}"], set()
    while todo:
        name = todo.pop(0)
        node = manifest["nodes"].get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        if any(part in node["original_file_path"] for part in _BESIDE):
            continue
        yield name
        todo += node["depends_on"]["nodes"]


def delivered(
    con: duckdb.DuckDBPyConnection, raw: Sequence[tuple[str, str]]
) -> Iterator[Delivered]:
    """The files behind each raw table."""
    for source, table in raw:
        row = con.execute(
            """select count(*), coalesce(sum(accepted), 0), max(loaded_at) from landing.loads
            where source = ? and table_name = ? and status = 'loaded'""",
            [source, table],
        ).fetchone()
        if row and row[0]:
            yield Delivered(source, table, int(row[0]), int(row[1]), row[2])


def origins(
    con: duckdb.DuckDBPyConnection,
    contracts: Mapping[tuple[str, str], Contract],
    raw: Sequence[tuple[str, str]],
    fact_id: str,
) -> list[Origin]:
    """The lines that a fact was read from, where its id is the key of a record (source/id)."""
    source, _, told = fact_id.partition("/")
    found = []
    for name, table in raw:
        contract = contracts.get((name, table))
        if name != source or contract is None or len(contract.extract.key) != 1:
            continue
        key = quoted(contract.extract.key[0])
        found += con.execute(
            f"""select ?, ?, l.file_name, r._line
            from {quoted("raw_" + name)}.{quoted(table)} as r
            inner join landing.loads as l on l.load = r._load
            where cast(r.{key} as varchar) in (?, ?)""",
            [name, table, told, told.partition("/")[0]],
        ).fetchall()
    return [Origin(*row) for row in found]


def checks(con: duckdb.DuckDBPyConnection, kpi: Definition) -> list[dict[str, Any]]:
    """What was said last of each check of the fact and of the figures made from it."""
    rows = con.execute(
        """select check_name, table_name, passed, severity, detail
        from ledger.verdicts where load is null
        qualify row_number() over (partition by check_name order by number desc) = 1
        order by check_name"""
    ).fetchall()
    about = {f"marts.{kpi.fact_table}", "marts.fct_kpi_daily", "marts.fct_kpi_excluded"}
    return [
        {"check": check, "passed": passed, "severity": severity, "detail": detail}
        for check, tables, passed, severity, detail in rows
        if about & set(tables.split(", "))
    ]


def last_change(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The run that made the marts as they are, its day and its time."""
    row = con.execute(
        "select run_id, as_of, taken_at from ledger.snapshots order by number desc limit 1"
    ).fetchone()
    return dict(zip(("run_id", "as_of", "at"), row or (None,) * 3, strict=True))
