"""How many persons stand behind a KPI's week, counted in the fact that the catalogue names."""

from datetime import date

import duckdb

from cx_pipeline.report.reading import Marts

_NEEDED = ("fact_table", "population", "excluded_when")


def persons_by_week(marts: Marts, kpi_id: str) -> dict[date, tuple[int, int]]:
    """Counted rows and distinct persons by Monday; empty where the fact is not in this publish.

    Daily counts of persons do not add up, so the fact is asked, with the catalogue's own words;
    a reader takes a week's persons only where its rows are those that the KPI counted.
    """
    if not marts.has("dim_kpis", *_NEEDED):
        return {}
    told = marts.rows(f"select {', '.join(_NEEDED)} from dim_kpis where kpi_id = ?", kpi_id)
    if not told or not marts.has(str(told[0]["fact_table"]), "person_id", "local_date"):
        return {}
    fact, population, excluded = (told[0][name] or "null" for name in _NEEDED)
    try:
        rows = marts.rows(
            f"""select cast(date_trunc('week', local_date) as date) as monday, count(*) as n,
                count(distinct person_id) as persons
            from {fact} where ({population}) and ({excluded}) is null group by monday"""
        )
    except duckdb.Error:  # a column of the definition is not published to this audience
        return {}
    return {row["monday"]: (row["n"], row["persons"]) for row in rows}
