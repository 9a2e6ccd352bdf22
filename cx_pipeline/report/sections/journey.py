"""The journey as it happened: stages, the steps between them, and touchpoints by week."""

from cx_pipeline.report.blocks import Block, Cell, Figure, Grid, Section, Table, missing
from cx_pipeline.report.comparisons import heatmap
from cx_pipeline.report.context import Context
from cx_pipeline.report.groups import K, known_persons, marks
from cx_pipeline.report.intervals import wilson
from cx_pipeline.report.parts import weekly_stack
from cx_pipeline.report.reading import Marts, Row
from cx_pipeline.report.spans import Fact, span_of, weekly_counts
from cx_pipeline.report.wording import NONE, duration, number, plain, share

STAGES = ("start", "awareness", "consideration", "purchase", "use", "loyalty", "end")
_STEPS = "agg_transitions"
_FACT = Fact("fct_touchpoints")
_TOP = 14
_FILLED_BY = "web events (GA4), orders, contacts or answers of any source"


def section(marts: Marts, told: Context) -> Section:
    """Stage to stage, the most frequent steps with the time between, touchpoints by week."""
    span = span_of(marts, _FACT, told.as_of)
    items: list[Figure | Table] = []
    if span is not None:
        for group in ("stage", "channel"):
            if marts.has(_FACT.table, group):
                counts = weekly_counts(marts, _FACT, group, span, STAGES)
                title = f"Touchpoints by {group}"
                items.append(weekly_stack(title, counts, span, "touchpoints"))
    items += _transitions(marts)
    blocks: list[Block] = [Grid(tuple(items))] if items else []
    if span is None:
        blocks.append(missing("full week of touchpoints", _FILLED_BY))
    elif not marts.has(_STEPS):
        blocks.append(missing("steps between touchpoints", _FILLED_BY))
    return Section(
        "journey",
        "Journey",
        "What people did, in the order it happened: each touchpoint has a stage by a published "
        "rule. Shares say where those who were in a stage went next; start and end are states too.",
        tuple(blocks),
    )


def _transitions(marts: Marts) -> list[Figure | Table]:
    if not marts.has(_STEPS, "from_stage", "to_stage", "transition_count", "person_count"):
        return []
    steps = _steps(marts)
    return [*([steps] if steps.rows else []), _flow(marts)]


def _flow(marts: Marts) -> Figure:
    # persons of several channels may be the same ones: the largest is the sure bound
    rows = marts.rows(
        f"""select from_stage, to_stage, cast(sum(transition_count) as bigint) as n,
            max(person_count) as persons
        from {_STEPS} group by from_stage, to_stage order by n desc, from_stage, to_stage"""
    )
    froms = _ordered({row["from_stage"] for row in rows})
    tos = _ordered({row["to_stage"] for row in rows})
    cells, lines = [], []
    for start in froms:
        these = {row["to_stage"]: row for row in rows if row["from_stage"] == start}
        total = sum(row["n"] for row in these.values())
        found = marks([known_persons(row["persons"], row["n"]) for row in these.values()])
        hidden = dict(zip(these, found, strict=True))
        for end, row in these.items():
            part = 0.0 if hidden[end] else row["n"] / total
            said = hidden[end] or f"{share(part)} of {number(total)}"
            name = f"{plain(start)} to {plain(end)}"
            cells.append((plain(start), plain(end), part, f"{name}: {said}"))
        parts = [_part(these.get(end), hidden.get(end, ""), total) for end in tos]
        lines.append([plain(start), number(total), *parts])
    title = "From each stage (row), where people went next (column)"
    return Figure(
        title=title,
        svg=heatmap(
            cells,
            f"{title}; values in the table below",
            [plain(stage) for stage in froms],
            [plain(stage) for stage in tos],
        ),
        note=f"Share of the steps that leave a stage, n {number(sum(row['n'] for row in rows))} "
        "steps of all days. At the end: who has gone no further yet.",
        table=Table(("From", "n", *(plain(stage) for stage in tos)), lines),
        is_wide=True,
    )


def _part(row: Row | None, mark: str, total: int) -> Cell | str:
    if row is None or mark:
        return mark or NONE
    bounds = wilson(row["n"], total)
    small = f"{share(bounds[0])} to {share(bounds[1])}" if bounds else ""
    return Cell(share(row["n"] / total), small=small)


def _ordered(stages: set[str]) -> list[str]:
    known = [stage for stage in STAGES if stage in stages]
    return known + sorted(stages - set(known))


def _steps(marts: Marts) -> Table:
    """The most frequent steps by stage and channel, with the mean time between."""
    rows = marts.rows(
        f"""select from_stage, from_channel, to_stage, to_channel, transition_count as n,
            from_count, total_seconds / nullif(timed_count, 0) as seconds
        from {_STEPS}
        where from_stage <> 'start' and to_stage <> 'end' and person_count >= {K}
        order by n desc, from_stage, from_channel, to_stage, to_channel limit {_TOP}"""
    )
    cells: list[list[Cell | str]] = []
    for row in rows:
        stages = f"{plain(row['from_stage'])} → {plain(row['to_stage'])}"
        channels = f"{plain(row['from_channel'])} → {plain(row['to_channel'])}"
        low, high = (number(100 * b) for b in wilson(row["n"], row["from_count"]) or (0, 1))
        part = Cell(
            share(row["n"] / row["from_count"], 0), small=f"{low} to {high}, n {number(row['n'])}"
        )
        cells.append([Cell(stages, small=channels), part, duration(row["seconds"])])
    headers = ("Step", "Share", "Mean time")
    note = "Share of the steps that leave a stage and channel, 95 % interval, n; over all days."
    return Table(headers, cells, "Most frequent steps", note, is_tall=True)
