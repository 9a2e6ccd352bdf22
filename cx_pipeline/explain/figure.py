"""A figure of a KPI made again from its facts, for any days and values of dimensions."""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import duckdb

from cx_pipeline.report.intervals import Totals, interval

FACTS = "intermediate.int_kpi_facts"
_DAYS = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


class MetricRefused(Exception):
    """There is no such KPI, dimension or day; the message says which there are."""


@dataclass(frozen=True)
class Definition:
    """A line of the catalogue."""

    kpi_id: str
    name: str
    definition: str
    fact_table: str
    fact_key: str
    population: str
    excluded_when: str
    numerator: str
    denominator: str | None
    unit: str
    direction: str
    interval_method: str
    owner: str
    source: str
    name_zh: str
    definition_zh: str
    dimensions: tuple[str, ...]
    period: str
    window_days: int
    scale: int
    lowest: float | None
    highest: float | None
    target: float | None
    definition_version: int


@dataclass(frozen=True)
class Cell:
    """What is asked for: days, both included and None where open, and values of dimensions."""

    since: date | None = None
    until: date | None = None
    values: Mapping[str, str] | None = None

    def condition(self, kpi_id: str) -> tuple[str, list[Any]]:
        """SQL that holds for the facts of the cell, and what stands for its marks."""
        told: list[tuple[str, Any]] = [("kpi_id = ?", kpi_id)]
        told += [("fact_date >= ?", self.since)] if self.since else []
        told += [("fact_date <= ?", self.until)] if self.until else []
        told += [(f"{name} = ?", value) for name, value in (self.values or {}).items()]
        return " and ".join(sql for sql, _ in told), [value for _, value in told]


@dataclass(frozen=True)
class Figure:
    """A value with all that it is made of; bounds are None where there is nothing to estimate."""

    value: float | None
    low: float | None
    high: float | None
    numerator: float
    denominator: float | None
    n: int
    n_persons: int
    excluded: Mapping[str, int]
    first_day: date | None
    last_day: date | None
    data_through: date | None


def definitions(con: duckdb.DuckDBPyConnection) -> list[Definition]:
    """The catalogue in its order. Raises MetricRefused while there is none."""
    names = [field.name for field in fields(Definition)]
    try:
        found = con.execute(f"select {', '.join(names)} from marts.dim_kpis order by position")
    except duckdb.CatalogException:
        raise MetricRefused("no KPI was made yet; make them with: cx run") from None
    except duckdb.BinderException:
        raise MetricRefused("the KPIs are of another version; make them with: cx run") from None
    made = []
    for row in found.fetchall():
        line = dict(zip(names, row, strict=True))
        line["dimensions"] = tuple(d for d in line["dimensions"].split(", ") if d != "all")
        made.append(Definition(**line))
    return made


def definition(con: duckdb.DuckDBPyConnection, kpi_id: str) -> Definition:
    """The catalogue's line. Raises MetricRefused for a KPI that is not in it."""
    lines = {one.kpi_id: one for one in definitions(con)}
    if kpi_id not in lines:
        raise MetricRefused(f"there is no KPI {kpi_id}; there are {', '.join(lines)}")
    return lines[kpi_id]


def cell(told: Sequence[str], dimensions: Sequence[str]) -> Cell:
    """What `date=2026-06`, `date=2026-06-01..2026-06-30` and `channel=call` ask for together."""
    days: tuple[date | None, date | None] = (None, None)
    values: dict[str, str] = {}
    for text in told:
        name, is_told, value = text.partition("=")
        if not is_told or name not in ("date", *dimensions):
            known = ", ".join(("date", *dimensions))
            raise MetricRefused(f"--where takes NAME=VALUE, with a name of {known}")
        if name == "date":
            first, _, last = value.partition("..")
            days = (_days(first)[0], _days(last or first)[1])
        else:
            values[name] = value
    return Cell(*days, values)


def _days(told: str) -> tuple[date, date]:
    """The first and the last day of a day or month."""
    found = _DAYS.fullmatch(told)
    try:
        if found is None:
            raise ValueError
        year, month = int(found[1]), int(found[2])
        if found[3]:
            return date(year, month, int(found[3])), date(year, month, int(found[3]))
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    except ValueError:
        raise MetricRefused(
            "--where date= takes a day (2026-06-30), a month (2026-06),"
            " or two of them (2026-05..2026-06)"
        ) from None


def benchmarks(con: duckdb.DuckDBPyConnection, kpi: Definition) -> list[dict[str, Any]]:
    """Published figures to read it beside: value, of whom, who says so."""
    found = con.execute(
        """select value, sector, place, period, n, source_name, basis from marts.dim_benchmarks
        where kpi_id = ? order by sector, place, period, source_name""",
        [kpi.kpi_id],
    )
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def figure(con: duckdb.DuckDBPyConnection, kpi: Definition, asked: Cell) -> Figure:
    """The figure of a cell, summed from its facts; of a cell without facts all is 0 or None."""
    where, marks = asked.condition(kpi.kpi_id)
    row = con.execute(
        f"""select cast(sum(numerator) as double), cast(sum(denominator) as double),
            count(numerator), count(distinct case when reason is null then person_id end),
            cast(sum(half * half) as double), min(fact_date), max(fact_date)
        from (select *, cast(numerator as decimal(19, 4)) as half from {FACTS}) as facts
        where {where}""",
        marks,
    ).fetchone()
    numerator, denominator, n, persons, squares, first, last = row or (None,) * 7
    reasons = con.execute(
        f"select reason, count(*) from {FACTS} where {where} and reason is not null"
        " group by reason order by 2 desc, 1",
        marks,
    ).fetchall()
    through = con.execute(
        "select max(data_through) from marts.fct_kpi_daily where kpi_id = ?", [kpi.kpi_id]
    ).fetchone()
    is_ratio = kpi.denominator is not None
    summed = Totals(
        numerator=numerator or 0.0,
        denominator=(denominator or 0.0) if is_ratio else None,
        n=n or 0,
        squares=squares or 0.0,
        scale=kpi.scale,
    )
    # Nothing counted among what was left out is a count of 0, with its interval.
    bounds = interval(kpi.interval_method, summed) if n or reasons else None
    low, high = bounds or (None, None)
    return Figure(
        value=summed.value,
        low=low if low is None or kpi.lowest is None else max(low, kpi.lowest),
        high=high if high is None or kpi.highest is None else min(high, kpi.highest),
        numerator=summed.numerator,
        denominator=summed.denominator,
        n=summed.n,
        n_persons=persons or 0,
        excluded=dict(reasons),
        first_day=first,
        last_day=last,
        data_through=through[0] if through else None,
    )


def as_published(con: duckdb.DuckDBPyConnection, kpi: Definition, asked: Cell) -> bool | None:
    """Whether fct_kpi_daily sums to the same; None where it has no such cell (two dimensions)."""
    values = dict(asked.values or {})
    if len(values) > 1:
        return None
    [(dimension, value)] = values.items() or [("all", "all")]
    where, marks = asked.condition(kpi.kpi_id)
    facts = con.execute(
        f"""select coalesce(sum(numerator), 0), coalesce(sum(denominator), 0), count(numerator),
            count(reason) from {FACTS} where {where}""",
        marks,
    ).fetchone()
    days = " and ".join(
        ["kpi_id = ?", "dimension = ?", "dimension_value = ?"]
        + (["date >= ?"] if asked.since else [])
        + (["date <= ?"] if asked.until else [])
    )
    told = con.execute(
        f"""select coalesce(sum(numerator), 0), coalesce(sum(denominator), 0),
            coalesce(sum(n), 0), coalesce(sum(excluded), 0)
        from marts.fct_kpi_daily where {days}""",
        [kpi.kpi_id, dimension, value, *filter(None, (asked.since, asked.until))],
    ).fetchone()
    return facts == told
