"""What stands in the files about to be shown: each distinct text that is no plain id."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

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


def texts_of(
    con: duckdb.DuckDBPyConnection, table: Table, relations: Sequence[str]
) -> Iterator[Text]:
    """The texts of a table in the database and in its Parquet files, each value once."""
    columns = [column for column in table.columns if column.is_text]
    if not columns:
        return
    read = _to_read(con, table, relations, [column.name for column in columns])
    told = " union all ".join(
        _unusual(place, column, relation)
        for relation in read
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


def _to_read(
    con: duckdb.DuckDBPyConnection, table: Table, relations: Sequence[str], columns: Sequence[str]
) -> Sequence[str]:
    """One of the two where it is proved to hold all texts of the other, else both.

    To compare all rows costs a tenth of looking at each value; the database is read faster.
    """
    if len(relations) < 2:
        return relations
    database, parquet = relations
    stored = fingerprint(con, database, columns)
    if stored == fingerprint(con, parquet, columns):
        return [database]
    if table.name in EVENT_FACTS and table.month_by:  # the database holds the last months only
        day = quoted(table.month_by)
        last = f"{day} >= (select date_trunc('month', min({day})) from {database})"
        if stored == fingerprint(con, parquet, columns, last):
            return [parquet]
    return relations


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
