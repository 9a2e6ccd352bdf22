"""Counts and KPIs of groups over full weeks, small groups hidden: what the sections share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cx_pipeline.report.groups import K, known_persons, marks
from cx_pipeline.report.intervals import Bounds, interval
from cx_pipeline.report.reading import Marts, Row
from cx_pipeline.report.weeks import (
    SHOWN_WEEKS,
    Kpi,
    first_monday,
    last_monday,
    totals,
)
from cx_pipeline.report.wording import day, plain

QUARTER = 13
_NAMED_GROUPS = 6


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
    days = marts.rows(
        f"""select cast({fact.day} as date) as day, count(*) as n from {fact.table}
        where {fact.day} is not null and {fact.day} < ? and {fact.where}
        group by day order by day""",
        as_of,
    )
    if not days:
        return None
    counts = {row["day"]: row["n"] for row in days}
    through = days[-1]["day"]
    first = _first_busy(counts, first_monday(days[0]["day"]))
    last = last_monday(as_of, through) + timedelta(days=6)
    return Span(first, last, through).latest(SHOWN_WEEKS) if first < last else None


def _first_busy(counts: Mapping[date, int], first: date) -> date:
    """The first whole week in which the fact was at work: what dribbles in before says nothing.

    At work: a tenth of the busiest week; whole: its Monday has a tenth of its busiest day.
    """
    weeks: dict[date, list[int]] = {}
    for when, n in counts.items():
        weeks.setdefault(when - timedelta(days=when.weekday()), []).append(n)
    busiest = max(sum(days) for days in weeks.values())
    for monday, days in sorted(weeks.items()):
        is_whole = counts.get(monday, 0) * 10 >= max(days)
        if monday >= first and is_whole and sum(days) * 10 >= busiest:
            return monday
    return first


Weekly = Mapping[str, Mapping[date, int | str]]


def weekly_counts(
    marts: Marts, fact: Fact, group: str, span: Span, order: Sequence[str] = ()
) -> Weekly:
    """Rows by group (an SQL expression over the fact) and week, the larger groups by name.

    A count under K persons is a mark; groups that have such weeks stand together with others.
    """
    rows = marts.rows(
        f"""select coalesce(cast({group} as varchar), 'unknown') as name,
            cast(date_trunc('week', {fact.day}) as date) as monday, count(*) as n,
            count(distinct {marts.column(fact.table, "person_id")}) as persons
        from {fact.table} where {fact.day} between ? and ? and {fact.where}
        group by name, monday""",
        span.first,
        span.last,
    )
    named, pool = _named(rows)
    named.sort(key=lambda name: order.index(name) if name in order else len(order))
    label = _together(pool)
    counts: dict[str, dict[date, int | str]] = {plain(name): {} for name in named}
    if pool:
        counts[label] = {}
    for monday in sorted({row["monday"] for row in rows}):
        these: dict[str, tuple[int, int]] = {}
        for row in (row for row in rows if row["monday"] == monday):
            name = plain(row["name"]) if row["name"] in named else label
            n, persons = these.get(name, (0, 0))
            # persons of pooled groups may be the same ones: the largest is the sure bound
            these[name] = (n + row["n"], max(persons, row["persons"]))
        hide = marks([known_persons(persons, n) for n, persons in these.values()])
        for (name, (n, _)), mark in zip(these.items(), hide, strict=True):
            counts[name][monday] = mark or n
    return counts


def _named(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    """The groups shown by name, largest first, and those that are pooled."""
    sizes: dict[str, int] = {}
    least: dict[str, int] = {}
    for row in rows:
        name = row["name"]
        sizes[name] = sizes.get(name, 0) + row["n"]
        least[name] = min(least.get(name, K), row["persons"])
    ranked = sorted(sizes, key=lambda name: (-sizes[name], name))
    named = [name for name in ranked if least[name] >= K][:_NAMED_GROUPS]
    pool = [name for name in ranked if name not in named]
    bound: dict[date, int] = {}

    def grow(name: str) -> None:
        for row in rows:
            if row["name"] == name:
                bound[row["monday"]] = max(bound.get(row["monday"], 0), row["persons"])

    for name in pool:
        grow(name)
    while named and any(count < K for count in bound.values()):
        pool.insert(0, named.pop())
        grow(pool[0])
    return named, pool


def _together(names: Sequence[str]) -> str:
    """What pooled groups are called."""
    if len(names) <= 3:
        return ", ".join(plain(name) for name in names)
    return f"{len(names)} others"


def shown(counts: Weekly) -> dict[str, dict[date, int]]:
    """The counts that may be drawn."""
    return {
        name: {when: n for when, n in by_week.items() if isinstance(n, int)}
        for name, by_week in counts.items()
    }


@dataclass(frozen=True)
class Group:
    """One KPI of one group over a span; no value where fewer than K persons stand behind."""

    name: str
    n: int
    value: float | None
    bounds: Bounds | None
    mark: str


def grouped(
    marts: Marts,
    kpi: Kpi,
    dimension: str,
    span: Span,
    persons: Mapping[str, int] | None = None,
    without: str = "",
) -> list[Group]:
    """A KPI by the values of a dimension, largest first.

    `persons` counts the persons of each group; else the largest daily count stands in, which can
    only be too small. `without` is a value that is no group, as `unknown` is no segment.
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
            and dimension_value <> ?
        group by name having sum(n) > 0 order by sum(n) desc, name""",
        kpi.kpi_id,
        dimension,
        span.first,
        span.last,
        without,
    )
    behind = [
        known_persons(row["persons"] if persons is None else persons.get(row["name"], 0), row["n"])
        for row in rows
    ]
    return [_group(kpi, row, mark) for row, mark in zip(rows, marks(behind), strict=True)]


def _group(kpi: Kpi, row: Row, mark: str) -> Group:
    summed = totals(kpi, row)
    return Group(
        name=row["name"],
        n=row["n"],
        value=None if mark else summed.value,
        bounds=None if mark else interval(kpi.method, summed),
        mark=mark,
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
