"""A small seeded publish with every table the report reads, as the marts' contracts give them."""

from datetime import date, timedelta
from pathlib import Path

import duckdb

AS_OF = date(2026, 11, 17)  # a Tuesday: the week of the 9th is the last full one
DAYS = 120
_TABLES = Path(__file__).with_suffix(".sql")
HOSTILE = "<script>alert('x')</script>"

CONTEXT = {
    "run_id": "run-1",
    "as_of": AS_OF.isoformat(),
    "audience": "analysts",
    "content_hash": "0123456789abcdef" * 2,
    "data_through": {"ga4": "2026-11-16", "qualtrics": "2026-11-15"},
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "checks": [
        {"check": "one row per contact", "table": "marts.fct_contacts", "severity": "error",
         "passed": True},
        {"check": "fresh", "table": None, "severity": "warn", "passed": False,
         "detail": "qualtrics is two days old"},
    ],
}  # fmt: skip

# kpi, source of rows, numerator, denominator or null
_DAILY = (
    ("contacts", "fct_contacts", "1", "null", "excluded_reason is null", ("channel", "queue")),
    ("abandonment_rate", "fct_contacts", "cast(is_abandoned as integer)", "1",
     "excluded_reason is null", ("channel", "queue")),
    ("asa", "fct_contacts", "wait_seconds", "1", "not is_abandoned", ("queue",)),
    ("aht", "fct_contacts", "handle_seconds", "1", "not is_abandoned", ("queue",)),
    ("service_level_80_20", "fct_contacts", "cast(wait_seconds <= 20 as integer)", "1", "true",
     ("queue",)),
    ("nps", "fct_responses",
     "case nps_bucket when 'promoter' then 1 when 'detractor' then -1 else 0 end", "1",
     "kind = 'nps'", ("channel",)),
    ("csat", "fct_responses", "cast(score >= 4 as integer)", "1", "kind = 'csat'", ("channel",)),
    ("ces", "fct_responses", "score", "1", "kind = 'ces'", ("channel",)),
    ("sessions", "fct_touchpoints", "1", "null", "true", ("channel",)),
    ("conversion_rate", "fct_touchpoints", "cast(stage = 'purchase' as integer)", "1", "true",
     ("channel",)),
    ("revenue", "fct_touchpoints", "20 + length(person_id)", "null", "stage = 'purchase'", ()),
)  # fmt: skip


def build_publish(path: Path, without: tuple[str, ...] = (), emptied: tuple[str, ...] = ()) -> None:
    """Write the publish; some tables left out, some left empty."""
    with duckdb.connect(str(path)) as con:
        con.execute(
            "create table days as select cast(? as date) + cast(i as integer) as day"
            " from range(?) as r(i)",
            [AS_OF - timedelta(days=DAYS), DAYS],
        )
        con.execute(_TABLES.read_text(encoding="utf-8"))
        _daily(con)
        _excluded(con)
        con.execute("create schema process")
        con.execute(
            """create table process.meta_sources as select 'ga4' as source,
            'web_events' as entities, 'read' as status, 90 as file_count, 200000 as rows_read,
            12 as rows_quarantined,
            timestamp '2026-11-16 22:00' as data_through"""
        )
        con.execute("drop table days")
        for table in without:
            con.execute(f"drop table {table}")
        for table in emptied:
            con.execute(f"delete from {table}")


def _daily(con: duckdb.DuckDBPyConnection) -> None:
    parts = []
    for kpi, fact, numerator, denominator, where, dimensions in _DAILY:
        for dimension in ("all", *dimensions):
            value = "'all'" if dimension == "all" else dimension
            parts.append(
                f"""select '{kpi}' as kpi_id, local_date as date, '{dimension}' as dimension,
                cast({value} as varchar) as dimension_value,
                cast(sum({numerator}) as decimal(18, 4)) as numerator,
                cast(sum({denominator}) as decimal(18, 4)) as denominator, count(*) as n,
                count(distinct person_id) as n_persons, 2 as excluded, 1 as definition_version,
                date '2026-11-16' as data_through,
                cast(sum(({numerator}) * ({numerator})) as decimal(38, 8)) as sum_of_squares
            from {fact} where {where} group by all"""
            )
    con.execute("create table fct_kpi_daily as " + " union all ".join(parts))
    for name in ("value", "low", "high"):
        con.execute(f"alter table fct_kpi_daily add column {name} double")
    con.execute(
        """insert into fct_kpi_daily by name
        select 'churn_rate' as kpi_id, month as date, 'all' as dimension,
            'all' as dimension_value, 25 as numerator, opening as denominator, opening as n,
            opening as n_persons, 0 as excluded, 25 / opening as value, 0.03 as low, 0.07 as high
        from agg_subscription_movements"""
    )


def _excluded(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """create table fct_kpi_excluded as
        select kpi_id, date, dimension, dimension_value, 'test' as reason, 2 as n
        from fct_kpi_daily where dimension = 'all'"""
    )
