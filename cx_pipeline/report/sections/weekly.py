"""Every KPI by week with its interval, and the table behind it."""

from collections.abc import Sequence

from cx_pipeline.report.blocks import Block, Cell, Figure, Grid, Section, Table
from cx_pipeline.report.charts import band
from cx_pipeline.report.groups import FEW, few
from cx_pipeline.report.sections.kpis import absent, count, interval_words
from cx_pipeline.report.weeks import Kpi, Series
from cx_pipeline.report.wording import NONE, day, measure, number, plain, plural, week

TOPICS = {
    "journey": "On the web",
    "value": "Orders and revenue",
    "feedback": "What customers say",
    "service": "Service",
}


def by_week(series: Sequence[Series], currency: str) -> Section:
    """Every KPI over its full weeks, grouped by topic."""
    owners: dict[str, list[Figure]] = {}
    for one in series:
        if one.points:
            owners.setdefault(one.kpi.owner, []).append(weekly_figure(one, currency))
    blocks: tuple[Block, ...] = tuple(
        Grid(tuple(figures), TOPICS.get(owner, plain(owner).capitalize()))
        for owner, figures in owners.items()
    )
    return Section(
        "weeks",
        "KPIs by week",
        "Each week is made anew from the numerators and denominators of its days, and its "
        "95 % interval (the band) from their sums. Only full weeks, Monday to Sunday, are shown.",
        blocks or tuple(absent(series)),
    )


def weekly_figure(series: Series, currency: str) -> Figure:
    """One KPI's line with its band, and the table behind it."""
    kpi = series.kpi
    form = "~%" if kpi.unit == "share" else "~s" if (series.points[-1].value or 0) > 9999 else ",~r"
    points = [
        (
            p.monday,
            p.value,
            p.bounds,
            f"{week(p.monday)}: {measure(p.value, kpi.unit, currency)}, "
            f"{interval_words(p, kpi, currency)}, n {count(p)}",
        )
        for p in series.points
    ]
    n = sum(p.n for p in series.points if not p.is_small)
    note = f"{_unit(kpi, currency)}, n {number(n)} in {plural(len(series.points), 'week')}. "
    note += f"Data through {day(series.data_through)}."
    if kpi.target is not None:
        note += f" Dashes: target {measure(kpi.target, kpi.unit, currency)}."
    label = f"{kpi.name} by week, {plural(len(points), 'week')}; values in the table below"
    return Figure(
        title=kpi.name,
        svg=band(points, label, form, kpi.target),
        note=note,
        table=weekly_table(series, currency),
        anchor=f"kpi-{kpi.kpi_id}",
    )


def _unit(kpi: Kpi, currency: str) -> str:
    unit = currency if currency and "currency" in kpi.unit else kpi.unit
    return unit[:1].upper() + unit[1:]


def weekly_table(series: Series, currency: str) -> Table:
    """The weeks of one KPI, newest first."""
    kpi = series.kpi
    rows = [
        (
            week(p.monday),
            FEW if p.is_small else measure(p.value, kpi.unit, currency),
            NONE
            if p.bounds is None
            else " to ".join(measure(bound, kpi.unit, currency) for bound in p.bounds),
            count(p),
            few(p.excluded),
        )
        for p in reversed(series.points)
    ]
    cells: list[list[Cell | str]] = [list(row) for row in rows]
    return Table(("Week", "Value", "95 % interval", "n", "Excluded"), cells)
