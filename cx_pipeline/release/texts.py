"""What stands in the files about to be shown: each distinct text that is no plain id."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from cx_pipeline.privacy.detectors import PREFILTER_SQL
from cx_pipeline.release.fingerprint import fingerprint
from cx_pipeline.release.marts import EVENT_FACTS, Column, Table
from cx_pipeline.warehouse import quoted

# Values of these shapes are ids, times or numbers we made; they are not searched further.
PLAIN_SQL = (
    r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\d{4}-\d{2}-\d{2}([ T][0-9:.]{5,15}Z?)?|-?\d{1,5}(\.\d{1,6})?"
)
AUDIENCE_KEY = r"[0-9a-f]{32}"
_TOKEN_SQL = r"v[0-9]{1,3}_[0-9a-f]{32}"


class Text(NamedTuple):
    """One distinct value of a text column that is no plain id; `is_suspect`: a pattern may fit.

    In a column that names persons every value that is not the audience's key is told.
    """

    table: Table
    column: str
    value: str
    is_suspect: bool
    has_token: bool


@dataclass(frozen=True)
class Sight:
    """One table as it is to be shown, as relations: in the database, in the database that was
    searched `before`, and in the Parquet files that were not; `is_all` when those are all of them.
    """

    table: Table
    database: str
    before: str | None = None
    parquet: str | None = None
    is_all: bool = True


def parquet(files: Iterable[Path]) -> str:
    """The relation of these files."""
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    return f"read_parquet([{names}], hive_partitioning = false)"


def texts_of(con: duckdb.DuckDBPyConnection, sight: Sight) -> Iterator[Text]:
    """The texts of a table in the database and in its Parquet files, each value once."""
    table = sight.table
    columns = [column for column in table.columns if column.is_text]
    if not columns:
        return
    names = [column.name for column in columns]
    told = " union all ".join(
        _unusual(place, column, relation)
        for relation in [_unseen(con, sight, names), *_beside(con, sight, names)]
        for place, column in enumerate(columns)
    )
    # What is not ASCII may be digits of another script, which SQL does not see as such.
    rows = con.execute(
        f"""select place, v, strlen(v) > length(v) or regexp_matches(v, ?), regexp_matches(v, ?)
        from (select distinct place, v from ({told}))""",
        [PREFILTER_SQL, _TOKEN_SQL],
    ).fetchall()
    for place, *found in rows:
        yield Text(table, columns[place].name, *found)


def _unseen(con: duckdb.DuckDBPyConnection, sight: Sight, names: Sequence[str]) -> str:
    """The rows of the database, but of those whose texts, all of them, a row had that was searched
    before: compared value by value, so that no hash can be met on purpose.
    """
    if sight.before is None:
        return sight.database
    same = " and ".join(f"t.{quoted(name)} is not distinct from s.{quoted(name)}" for name in names)
    con.execute(
        f"""create or replace temp table unseen as select {", ".join(quoted(n) for n in names)}
        from {sight.database} as t anti join {sight.before} as s on {same}"""
    )
    return "unseen"


def _beside(con: duckdb.DuckDBPyConnection, sight: Sight, names: Sequence[str]) -> Iterator[str]:
    """Rows of Parquet that have to be read as well: none where they are proved to be those of the
    database. To compare all rows costs a tenth of looking at each value.
    """
    if sight.parquet is None:
        return
    table, inside, held = sight.table, "true", "true"
    day = quoted(table.month_by or "")
    if table.month_by and table.name in EVENT_FACTS:  # the database holds the last months only
        first = _one(con, f"select date_trunc('month', min({day})) from {sight.database}")
        inside = "true" if first is None else f"{day} >= '{first}'"
    if not sight.is_all:
        held = " or ".join(_months(con, sight.parquet, day)) or "false"
    stored = fingerprint(con, sight.database, names, held)
    if stored != fingerprint(con, sight.parquet, names, inside):
        yield sight.parquet
    elif inside != "true":
        yield f"(select * from {sight.parquet} where not coalesce({inside}, false))"


def _months(con: duckdb.DuckDBPyConnection, relation: str, day: str) -> Iterator[str]:
    """SQL that is true for the rows of the months that stand in the relation."""
    told = con.execute(f"select distinct date_trunc('month', {day}) from {relation}").fetchall()
    for (month,) in told:
        if month is None:
            yield f"{day} is null"
        else:
            yield f"({day} >= '{month}' and {day} < timestamp '{month}' + interval 1 month)"


def _one(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = con.execute(query).fetchone()
    return row[0] if row else None


def _unusual(place: int, column: Column, relation: str) -> str:
    """SQL of a column's values that are not plain: looked at one by one before they are sorted
    out, as most are ids that stand once.
    """
    usual = AUDIENCE_KEY if column.is_rekeyed else PLAIN_SQL
    value = f"cast({quoted(column.name)} as varchar)"
    return (
        f"select {place} as place, v from (select {value} as v from {relation}) "
        f"where not regexp_full_match(v, '{usual}')"
    )
