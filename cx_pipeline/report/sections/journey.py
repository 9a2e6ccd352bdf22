"""The journey as it happened: stages, the steps between them, and touchpoints by week."""

from collections.abc import Sequence

from cx_pipeline.report.blocks import Block, Cell, Figure, Grid, Section, Table, missing
from cx_pipeline.report.charts import heatmap
from cx_pipeline.report.context import Context
from cx_pipeline.report.groups import FEW, hidden, known_persons
from cx_pipeline.report.intervals import wilson
from cx_pipeline.report.parts import weekly_stack
from cx_pipeline.report.reading import Marts, Row
from cx_pipeline.report.spans import Fact, span_of, weekly_counts
from cx_pipeline.report.wording import NONE, number, plain, share

_STAGES = ("start", "awareness", "consideration", "purchase", "use", "loyalty", "end")
_FACT = Fact("fct_touchpoints")
_TOP = 15
_FILLED_BY = "web events (GA4), orders, contacts or answers of any source"


def section(marts: Marts, told: Context) -> Section:
    """Stage to stage, the most frequent steps with the time between, touchpoints by week."""
    span = span_of(marts, _FACT, told.as_of)
    blocks: list[Block] = []
    if span is None:
        blocks.append(missing("full week of touchpoints", _FILLED_BY))
    else:
        figures = [
            weekly_stack(
                f"Touchpoints by {group}",
                weekly_counts(marts, _FACT, group, span),
                span,
                "touchpoints",
            )
            for group in ("stage", "channel")
            if marts.has("fct_touchpoints", group)
        ]
        blocks.append(Grid(tuple(figures)))
    blocks += _transitions(marts)
    return Section(
        "journey",
        "Journey",
        "What people did, in the order it happened: each touchpoint has a stage by a published "
        "rule. Shares say where those who were in a stage went next; start and end are states too.",
        tuple(blocks),
    )


def _transitions(marts: Marts) -> list[Block]:
    table = "agg_transitions"
    if not marts.has(table, "from_stage", "to_stage", "transitions"):
        return [missing("steps between touchpoints", _FILLED_BY)]
    return [Grid((_flow(marts),)), *_steps(marts)]


def _flow(marts: Marts) -> Figure:
    rows = marts.rows(
        f"""select from_stage, to_stage, cast(sum(transitions) as bigint) as n,
            max({marts.column("agg_transitions", "persons", "transitions")}) as persons
        from agg_transitions where {_total(marts)} group by all"""
    )
    froms = _ordered({row["from_stage"] for row in rows})
    tos = _ordered({row["to_stage"] for row in rows})
    cells, lines = [], []
    for start in froms:
        these = {row["to_stage"]: row for row in rows if row["from_stage"] == start}
        total = sum(row["n"] for row in these.values())
        hide = _hidden(list(these.values()))
        for (end, row), is_hidden in zip(these.items(), hide, strict=True):
            part = 0.0 if is_hidden else row["n"] / total
            said = FEW if is_hidden else f"{share(part)} of {number(total)}"
            cells.append(
                (plain(start), plain(end), part, f"{plain(start)} to {plain(end)}: {said}")
            )
        shown = dict(zip(these, hide, strict=True))
        lines.append(
            [plain(start), number(total), *(_part(these, shown, end, total) for end in tos)]
        )
    title = "Where people went next, by stage"
    drawn_rows, drawn_columns = [plain(s) for s in froms], [plain(s) for s in tos]
    n = sum(row["n"] for row in rows)
    return Figure(
        title=title,
        svg=heatmap(
            cells,
            f"{title}; values in the table below",
            drawn_rows,
            drawn_columns,
            titles=("next stage", "from stage"),
        ),
        note=f"Share of the steps that leave a stage; n {number(n)} steps over all days.",
        table=Table(("From", "n", *(plain(s) for s in tos)), lines),
        is_wide=True,
    )


def _part(these: dict[str, Row], shown: dict[str, bool], end: str, total: int) -> Cell | str:
    if end not in these:
        return NONE
    if shown[end]:
        return FEW
    bounds = wilson(these[end]["n"], total)
    small = f"{share(bounds[0])} to {share(bounds[1])}" if bounds else ""
    return Cell(share(these[end]["n"] / total), small=small)


def _ordered(stages: set[str]) -> list[str]:
    known = [stage for stage in _STAGES if stage in stages]
    return known + sorted(stages - set(known))


def _hidden(rows: Sequence[Row]) -> list[bool]:
    return hidden([known_persons(row["persons"], row["n"]) for row in rows])


def _total(marts: Marts) -> str:
    """The rows over all segments."""
    if "segment" in marts.columns["agg_transitions"]:
        return "segment = 'all'"
    return "true"


def _steps(marts: Marts) -> list[Block]:
    return []
