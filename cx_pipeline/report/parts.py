"""Blocks that several sections make the same way."""

from datetime import date

from cx_pipeline.report.blocks import Cell, Figure, Table
from cx_pipeline.report.charts import dots, stacked
from cx_pipeline.report.groups import FEW
from cx_pipeline.report.spans import Group, Span, Weekly, shown
from cx_pipeline.report.weeks import Kpi
from cx_pipeline.report.wording import measure, number, plain, week


def weekly_stack(title: str, counts: Weekly, span: Span, unit: str) -> Figure:
    """Counts by week and group as stacked bars, with their table."""
    drawn = shown(counts)
    total = sum(n for by_week in drawn.values() for n in by_week.values())
    svg, legend = stacked(drawn, f"{title}; values in the table below", said=unit)
    return Figure(
        title=title,
        svg=svg,
        note=f"{number(total)} {unit}, {span.words}. {span.through_words}",
        table=_counts_table(counts),
        legend=legend,
    )


def _counts_table(counts: Weekly) -> Table:
    mondays: list[date] = sorted({m for by_week in counts.values() for m in by_week}, reverse=True)
    rows = [(week(m), *(cell_of(by_week, m) for by_week in counts.values())) for m in mondays]
    return Table(("Week", *counts), rows)


def cell_of(by_week: object, monday: date) -> str:
    """A count; 0 where nothing was; few where it is hidden."""
    assert isinstance(by_week, dict)
    count = by_week.get(monday, 0)
    return FEW if count is None else number(count)


def value_cell(group: Group | None, kpi: Kpi, currency: str) -> Cell | str:
    """A group's value with its interval and n below."""
    if group is None:
        return "–"
    if group.is_small:
        return Cell(FEW, small="persons")
    low_high = ""
    if group.bounds:
        low_high = " to ".join(measure(b, kpi.unit, currency) for b in group.bounds) + ", "
    return Cell(measure(group.value, kpi.unit, currency), small=f"{low_high}n {number(group.n)}")


def group_dots(title: str, kpi: Kpi, groups: list[Group], span: Span) -> Figure | None:
    """A KPI by group as dots with intervals; None when every group is small."""
    drawn = [g for g in groups if g.value is not None]
    if not drawn:
        return None
    rows = [
        (
            plain(g.name),
            g.value or 0.0,
            g.bounds,
            f"{plain(g.name)}: {measure(g.value, kpi.unit)}, n {number(g.n)}",
        )
        for g in drawn
    ]
    cells: list[list[Cell | str]] = [[plain(g.name), value_cell(g, kpi, "")] for g in groups]
    small = len(groups) - len(drawn)
    n = sum(g.n for g in drawn)
    return Figure(
        title=title,
        svg=dots(
            rows, f"{title}; values in the table below", ".0%" if kpi.unit == "share" else ",~r"
        ),
        note=f"{kpi.name} with 95 % interval, n {number(n)}, {span.words}. {span.through_words}"
        + (f" {number(small)} not shown: {FEW} persons, or cover for one." if small else ""),
        table=Table(("Group", kpi.name), cells),
    )
