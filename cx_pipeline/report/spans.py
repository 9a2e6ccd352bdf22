"""Counts and KPIs of groups over full weeks, small groups hidden: what the sections share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cx_pipeline.report.groups import hidden, known_persons
from cx_pipeline.report.intervals import Bounds, interval
from cx_pipeline.report.reading import Marts, Row
from cx_pipeline.report.weeks import (
    SHOWN_WEEKS,
    Kpi,
    as_date,
    first_monday,
    last_monday,
    totals,
)
from cx_pipeline.report.wording import day, plain

QUARTER = 13
_NAMED_GROUPS = 6
REST = "all others"


@dataclass(frozen=True)
class Span:
    """Full weeks from Monday `first` to Sunday `last`, in data that reach to `through`."""

    first: date
    last: date
    through: date

    def latest(self, weeks: int) -> "Span":
        """The last so many weeks of it."""
        first = max(self.first, self.last - timedelta(days=7 * weeks - 1))
        return Span(first, self.last, self.through)

    @property
    def words(self) -> str:
        return f"{day(self.first)} to {day(self.last)}"

    @property
    def through_words(self) -> str:
        return f"Data through {day(self.through)}."


@dataclass(frozen=True)
class Fact:
    """A table of dated rows, and which of them count."""

    table: str
    day: str = "local_date"
    where: str = "true"


def span_of(marts: Marts, fact: Fact, as_of: date) -> Span | None:
    """The full weeks of a fact, at most SHOWN_WEEKS; None when there is none."""
    if not marts.has(fact.table, fact.day):
        return None
    row = marts.rows(f"select min({fact.day}) as first, max({fact.day}) as last from {fact.table}")[
        0
    ]
    if row["first"] is None:
        return None
    through = min(as_date(row["last"]) or as_of, as_of - timedelta(days=1))
    first = first_monday(as_date(row["first"]) or as_of)
    last = last_monday(as_of, through) + timedelta(days=6)
    return Span(first, last, through).latest(SHOWN_WEEKS) if first < last else None


Weekly = Mapping[str, Mapping[date, int | None]]


def weekly_counts(marts: Marts, fact: Fact, group: str, span: Span) -> Weekly:
    """Rows by group and week; the smaller groups together; None where fewer than K persons are.

    `group` is an SQL expression over the fact.
    """
    person = marts.column(fact.table, "person_id")
    rows = marts.rows(
        f"""with named as (
            select coalesce(cast({group} as varchar), 'unknown') as name, {fact.day} as day,
                {person} as person_id
            from {fact.table} where {fact.day} between ? and ? and {fact.where}
        ), ranked as (
            select name, row_number() over (order by count(*) desc, name) as place
            from named group by name
        )
        select case when place <= {_NAMED_GROUPS} then name else '{REST}' end as name,
            cast(date_trunc('week', day) as date) as monday, count(*) as n,
            count(distinct person_id) as persons, min(place) as place
        from named join ranked using (name) group by 1, 2 order by min(place)""",
        span.first,
        span.last,
    )
    names = list(dict.fromkeys(row["name"] for row in sorted(rows, key=lambda r: r["place"])))
    counts: dict[str, dict[date, int | None]] = {name: {} for name in names}
    for monday in sorted({row["monday"] for row in rows}):
        these = [row for row in rows if row["monday"] == monday]
        hide = hidden([known_persons(row["persons"], row["n"]) for row in these])
        for row, is_hidden in zip(these, hide, strict=True):
            counts[row["name"]][monday] = None if is_hidden else row["n"]
    return {plain(name): by_week for name, by_week in counts.items()}


def shown(counts: Weekly) -> dict[str, dict[date, int]]:
    """The counts that may be drawn."""
    return {
        name: {when: n for when, n in by_week.items() if n is not None}
        for name, by_week in counts.items()
    }


@dataclass(frozen=True)
class Group:
    """One KPI of one group over a span; no value where fewer than K persons stand behind."""

    name: str
    n: int
    value: float | None
    bounds: Bounds | None
    is_small: bool


def grouped(
    marts: Marts,
    kpi: Kpi,
    dimension: str,
    span: Span,
    persons: Mapping[str, int] | None = None,
) -> list[Group]:
    """A KPI by the values of a dimension, largest first.

    `persons` counts the persons of each group; without it the largest daily count stands in,
    which can only be too small.
    """
    if not marts.has("fct_kpi_daily"):
        return []
    squares = marts.column("fct_kpi_daily", "sum_of_squares")
    rows = marts.rows(
        f"""select cast(dimension_value as varchar) as name,
            cast(sum(numerator) as double) as numerator,
            cast(sum(denominator) as double) as denominator, cast(sum(n) as bigint) as n,
            cast(sum({squares}) as double) as squares, max(n_persons) as persons
        from fct_kpi_daily where kpi_id = ? and dimension = ? and date between ? and ?
        group by name having sum(n) > 0 order by sum(n) desc, name""",
        kpi.kpi_id,
        dimension,
        span.first,
        span.last,
    )
    behind = [
        known_persons(row["persons"] if persons is None else persons.get(row["name"], 0), row["n"])
        for row in rows
    ]
    return [
        _group(kpi, row, is_hidden) for row, is_hidden in zip(rows, hidden(behind), strict=True)
    ]


def _group(kpi: Kpi, row: Row, is_hidden: bool) -> Group:
    summed = totals(kpi, row)
    return Group(
        name=row["name"],
        n=row["n"],
        value=None if is_hidden else summed.value,
        bounds=None if is_hidden else interval(kpi.method, summed),
        is_small=is_hidden,
    )


def persons_by(marts: Marts, fact: Fact, group: str, span: Span) -> dict[str, int] | None:
    """Distinct persons by group in a fact that carries persons; None if it does not."""
    if not marts.has(fact.table, "person_id", fact.day):
        return None
    rows = marts.rows(
        f"""select coalesce(cast({group} as varchar), 'unknown') as name,
            count(distinct person_id) as persons
        from {fact.table} where {fact.day} between ? and ? and {fact.where} group by 1""",
        span.first,
        span.last,
    )
    return {row["name"]: row["persons"] for row in rows}


def chosen(kpis: Iterable[Kpi], ids: Sequence[str]) -> list[Kpi]:
    """The catalogue's entries of these ids, in this order."""
    by_id = {kpi.kpi_id: kpi for kpi in kpis}
    return [by_id[kpi_id] for kpi_id in ids if kpi_id in by_id]
