"""KPIs by ISO week, re-aggregated from daily numerators and denominators, intervals made anew."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cx_pipeline.report.groups import K
from cx_pipeline.report.intervals import Bounds, Totals, difference, interval
from cx_pipeline.report.persons import persons_by_week
from cx_pipeline.report.reading import Marts, Row

SHOWN_WEEKS = 26
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Kpi:
    """A catalogue entry: what the number means."""

    kpi_id: str
    name: str
    definition: str
    unit: str
    direction: str
    method: str
    scale: float
    target: float | None
    owner: str
    version: str
    source: str
    window_days: int = 0
    elsewhere: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class Point:
    """One week of one KPI. Value and bounds are None where fewer than K persons stand behind."""

    monday: date
    value: float | None
    bounds: Bounds | None
    n: int
    excluded: int
    is_small: bool


@dataclass(frozen=True)
class Series:
    """A KPI over its full weeks, oldest first; a week without any row is left out."""

    kpi: Kpi
    points: tuple[Point, ...]
    data_through: date | None
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def last(self) -> Point | None:
        return self.points[-1] if self.points else None

    @property
    def before(self) -> Point | None:
        """The week directly before the last one, if it is there."""
        if len(self.points) < 2 or self.points[-2].monday != self.points[-1].monday - _WEEK:
            return None
        return self.points[-2]

    @property
    def step(self) -> tuple[float, Bounds | None] | None:
        """Last week less the week before, with the interval of the difference."""
        now, then = self.last, self.before
        if now is None or then is None or now.value is None or then.value is None:
            return None
        bounds = None
        if now.bounds and then.bounds:
            bounds = difference(now.value, now.bounds, then.value, then.bounds)
        return now.value - then.value, bounds

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the interval of the last step leaves out zero."""
        bounds = self.step[1] if self.step else None
        return bounds is not None and (bounds[0] > 0 or bounds[1] < 0)

    @property
    def is_better(self) -> bool | None:
        """Whether the last step went the way this KPI should go; None if there is no such way."""
        if self.step is None or self.step[0] == 0 or self.kpi.direction not in {"up", "down"}:
            return None
        return (self.step[0] > 0) == (self.kpi.direction == "up")


def as_date(value: Any) -> date | None:
    """The day of a date or timestamp."""
    return value.date() if isinstance(value, datetime) else value


def last_monday(as_of: date, data_through: date | None) -> date:
    """The Monday of the last ISO week that is over before `as_of` and within the data."""
    through = min(as_of - timedelta(days=1), data_through or date.max)
    end = through + timedelta(days=1)
    return end - timedelta(days=end.weekday()) - _WEEK


def first_monday(first_day: date) -> date:
    """The Monday of the first ISO week that lies wholly on or after `first_day`."""
    return first_day + timedelta(days=-first_day.weekday() % 7)


def catalogue(marts: Marts) -> list[Kpi]:
    """Every KPI of dim_kpis in its order, but those that stand once a month."""
    if not marts.has("dim_kpis", "kpi_id", "name", "unit", "interval_method"):
        return []
    scale = "case when interval_method = 'adjusted_wald' then 100 else 1 end"
    rows = marts.rows(
        f"""select kpi_id, name, {marts.column("dim_kpis", "definition")} as definition, unit,
            {marts.column("dim_kpis", "direction")} as direction, interval_method as method,
            {marts.column("dim_kpis", "scale", scale)} as scale,
            {marts.column("dim_kpis", "target")} as target,
            {marts.column("dim_kpis", "owner")} as owner,
            {marts.column("dim_kpis", "definition_version")} as version,
            {marts.column("dim_kpis", "source")} as source,
            {marts.column("dim_kpis", "window_days", "0")} as window_days
        from dim_kpis where {marts.column("dim_kpis", "period", "'day'")} = 'day'
        order by {marts.column("dim_kpis", "position", "kpi_id")}"""
    )
    elsewhere = _benchmarks(marts)
    return [_kpi(row, elsewhere.get(row["kpi_id"], ())) for row in rows]


def _benchmarks(marts: Marts) -> dict[str, tuple[tuple[float, str], ...]]:
    """Published figures by KPI, each with whose it is and who says so."""
    if not marts.has("dim_benchmarks", "kpi_id", "value", "source_name"):
        return {}
    told: dict[str, tuple[tuple[float, str], ...]] = {}
    for row in marts.rows(
        """select kpi_id, value, concat_ws(', ', sector, place, period) || ' (' || source_name
                || coalesce('; ' || basis, '') || ')' as whose
        from dim_benchmarks order by kpi_id, sector, place, period, source_name"""
    ):
        told[row["kpi_id"]] = (*told.get(row["kpi_id"], ()), (row["value"], row["whose"]))
    return told


def _kpi(row: Row, elsewhere: tuple[tuple[float, str], ...]) -> Kpi:
    target = row["target"]
    texts = {
        name: str(row[name] if row[name] is not None else "")
        for name in ("kpi_id", "name", "definition", "unit", "direction", "method", "owner")
    }
    return Kpi(
        **texts,
        scale=float(row["scale"]),
        target=None if target in (None, "") else float(target),
        version=str(row["version"] or ""),
        source=str(row["source"] or ""),
        window_days=int(row["window_days"] or 0),
        elsewhere=elsewhere,
    )


def weekly(marts: Marts, as_of: date) -> list[Series]:
    """One series a KPI of the catalogue: its full weeks, at most SHOWN_WEEKS of them."""
    kpis = catalogue(marts)
    if not kpis or not marts.has("fct_kpi_daily"):
        return [Series(kpi, (), None) for kpi in kpis]
    squares = marts.column("fct_kpi_daily", "sum_of_squares")
    rows = marts.rows(
        f"""select kpi_id, cast(date_trunc('week', date) as date) as monday,
            cast(sum(numerator) as double) as numerator,
            cast(sum(denominator) as double) as denominator, cast(sum(n) as bigint) as n,
            max(n_persons) as persons, cast(sum(excluded) as bigint) as excluded,
            cast(sum({squares}) as double) as squares, min(date) as first_day,
            max(data_through) as data_through
        from fct_kpi_daily where dimension = 'all' and dimension_value = 'all'
        group by kpi_id, monday order by kpi_id, monday"""
    )
    by_kpi: dict[str, list[Row]] = {}
    for row in rows:
        by_kpi.setdefault(row["kpi_id"], []).append(row)
    return [_series(marts, kpi, by_kpi.get(kpi.kpi_id, []), as_of) for kpi in kpis]


def _series(marts: Marts, kpi: Kpi, rows: list[Row], as_of: date) -> Series:
    if not rows:
        return Series(kpi, (), None)
    through = as_date(max(row["data_through"] for row in rows))
    behind = persons_by_week(marts, kpi.kpi_id)
    for row in rows:
        n, persons = behind.get(row["monday"], (-1, 0))
        if n == row["n"]:
            row["persons"] = persons
    first = first_monday(min(row["first_day"] for row in rows))
    # what is decided by what comes after rests on data that are not there yet
    last = last_monday(as_of, through and through - timedelta(days=kpi.window_days))
    points = tuple(point(kpi, row) for row in rows if first <= row["monday"] <= last)
    points = tuple(p for p in points if p.n or p.excluded)[-SHOWN_WEEKS:]
    reasons = _reasons(marts, kpi.kpi_id, points[-1].monday) if points else ()
    return Series(kpi, points, through, reasons)


def totals(kpi: Kpi, row: Row) -> Totals:
    """The sums of a group of daily rows."""
    return Totals(row["numerator"], row["denominator"], row["n"], row["squares"], kpi.scale)


def point(kpi: Kpi, row: Row) -> Point:
    """Value and interval of one week; hidden under K persons.

    `persons` is the week's count, or the largest of its days: then it can only be too small.
    """
    summed = totals(kpi, row)
    is_small = summed.n > 0 and (row["persons"] or 0) < K
    known = summed.n > 0 and not is_small
    return Point(
        monday=row["monday"],
        value=summed.value if known else None,
        bounds=interval(kpi.method, summed) if known else None,
        n=summed.n,
        excluded=row["excluded"] or 0,
        is_small=is_small,
    )


def _reasons(marts: Marts, kpi_id: str, monday: date) -> tuple[tuple[str, int], ...]:
    if not marts.has("fct_kpi_excluded"):
        return ()
    rows = marts.rows(
        """select reason, cast(sum(n) as bigint) as n from fct_kpi_excluded
        where kpi_id = ? and dimension = 'all' and date between ? and ?
        group by reason order by n desc, reason""",
        kpi_id,
        monday,
        monday + timedelta(days=6),
    )
    return tuple((str(row["reason"]), row["n"]) for row in rows)
