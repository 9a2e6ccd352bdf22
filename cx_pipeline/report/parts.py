"""Blocks that several sections make the same way."""

from collections.abc import Mapping
from datetime import date

from cx_pipeline.report.blocks import Cell, Figure, Table
from cx_pipeline.report.charts import stacked
from cx_pipeline.report.comparisons import dots
from cx_pipeline.report.spans import Group, Span, Weekly, shown
from cx_pipeline.report.weeks import Kpi
from cx_pipeline.report.wording import NONE, measure, number, plain, week


def weekly_stack(
    title: str, counts: Weekly, span: Span, unit: str, *, is_stock: bool = False
) -> Figure:
    """Counts by week and group as stacked bars, with their table; a stock is not summed up."""
    drawn = shown(counts)
    last = max((when for by_week in drawn.values() for when in by_week), default=span.first)
    total = sum(
        n
        for by_week in drawn.values()
        for when, n in by_week.items()
        if when == last or not is_stock
    )
    when = f"in the week of {week(last)}" if is_stock else span.words
    svg, legend = stacked(drawn, f"{title}; values in the table below", said=unit)
    return Figure(
        title=title,
        svg=svg,
        note=f"{number(total)} {unit}, {when}. {span.through_words}",
        table=_counts_table(counts),
        legend=legend,
    )


def _counts_table(counts: Weekly) -> Table:
    mondays = sorted({m for by_week in counts.values() for m in by_week}, reverse=True)
    rows = [(week(m), *(_count(by_week, m) for by_week in counts.values())) for m in mondays]
    return Table(("Week", *counts), rows)


def _count(by_week: Mapping[date, int | str], monday: date) -> str:
    count = by_week.get(monday, 0)
    return count if isinstance(count, str) else number(count)


def value_cell(group: Group | None, kpi: Kpi, currency: str = "") -> Cell | str:
    """A group's value with its interval and n below; its mark where it is hidden."""
    if group is None:
        return NONE
    if group.mark:
        return group.mark
    low_high = ""
    if group.bounds:
        low_high = " to ".join(measure(b, kpi.unit, currency) for b in group.bounds) + ", "
    return Cell(measure(group.value, kpi.unit, currency), small=f"{low_high}n {number(group.n)}")


def group_dots(
    title: str, kpi: Kpi, groups: list[Group], span: Span, names: Mapping[str, str] | None = None
) -> Figure | None:
    """A KPI by group as dots with intervals; None when no group may be shown."""
    drawn = [group for group in groups if group.value is not None]
    if not drawn:
        return None
    called = {group.name: (names or {}).get(group.name, plain(group.name)) for group in groups}
    rows = [
        (
            called[group.name],
            group.value or 0.0,
            group.bounds,
            f"{called[group.name]}: {measure(group.value, kpi.unit)}, n {number(group.n)}",
        )
        for group in drawn
    ]
    unseen = len(groups) - len(drawn)
    form = ".0%" if kpi.unit == "share" else ",~r"
    return Figure(
        title=title,
        svg=dots(rows, f"{title}; values in the table below", form),
        note=f"{kpi.name} with 95 % interval, n {number(sum(g.n for g in drawn))}, {span.words}. "
        f"{span.through_words}" + (f" Not shown: {number(unseen)} small." if unseen else ""),
        table=Table(("Group", kpi.name), [(called[g.name], value_cell(g, kpi)) for g in groups]),
    )
