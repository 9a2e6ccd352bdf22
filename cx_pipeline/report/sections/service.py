"""Service: what customers contacted us about, and how queues and promises went."""

from cx_pipeline.report.blocks import Block, Cell, Figure, Grid, Section, Table, missing
from cx_pipeline.report.context import Context
from cx_pipeline.report.groups import known_persons, marks
from cx_pipeline.report.intervals import wilson
from cx_pipeline.report.parts import value_cell, weekly_stack
from cx_pipeline.report.reading import Marts
from cx_pipeline.report.spans import (
    QUARTER,
    Fact,
    Group,
    Span,
    chosen,
    grouped,
    persons_by,
    span_of,
    weekly_counts,
)
from cx_pipeline.report.weeks import catalogue
from cx_pipeline.report.wording import NONE, number, plain, share

_QUEUE_KPIS = ("abandonment_rate", "service_level_80_20", "asa", "aht")
_SHORT = {
    "abandonment_rate": "Abandoned",
    "service_level_80_20": "Answered within 20 s",
    "asa": "Mean wait (ASA)",
    "aht": "Handle time (AHT)",
}
_FACT = Fact("fct_contacts", where="excluded_reason is null")
_FILLED_BY = "a contact centre or service desk (Amazon Connect, Salesforce cases)"


def section(marts: Marts, told: Context) -> Section:
    """Contacts by channel, queues, promises."""
    span = span_of(marts, _FACT, told.as_of)
    blocks: list[Block] = []
    if span is None:
        blocks.append(missing("full week of contacts", _FILLED_BY))
    else:
        figures = [
            weekly_stack(
                "Contacts by channel",
                weekly_counts(marts, _FACT, "channel", span),
                span,
                "contacts",
            )
        ]
        if marts.has("fct_contacts", "reason"):
            reasons = weekly_counts(marts, _FACT, "reason", span)
            if set(reasons) - {"unknown"}:
                figures.append(weekly_stack("Contacts by reason", reasons, span, "contacts"))
        items: list[Figure | Table] = [*figures, *_promises(marts, span.latest(QUARTER))]
        blocks += [Grid(tuple(items)), *_queues(marts, span.latest(QUARTER))]
    return Section(
        "service",
        "Service",
        "What customers came to us with, how long they waited and what was kept of our promises. "
        "Test and phantom contacts are left out. The service figures by week stand above.",
        tuple(blocks),
    )


def _queues(marts: Marts, span: Span) -> list[Block]:
    kpis = chosen(catalogue(marts), _QUEUE_KPIS)
    persons = persons_by(marts, _FACT, "queue", span)
    by_queue: dict[str, dict[str, Group]] = {}
    for kpi in kpis:
        for group in grouped(marts, kpi, "queue", span, persons):
            by_queue.setdefault(group.name, {})[kpi.kpi_id] = group
    if not by_queue:
        return [missing("queue figures", "a contact centre that names its queues")]
    rows = [
        [queue, *(value_cell(found.get(kpi.kpi_id), kpi) for kpi in kpis)]
        for queue, found in by_queue.items()
    ]
    headers = ("Queue", *(_SHORT[kpi.kpi_id] for kpi in kpis))
    return [
        Table(
            headers,
            rows,
            caption="Queues",
            note=f"95 % interval and n below each figure. {span.words}.",
        )
    ]


def _promises(marts: Marts, span: Span) -> list[Table]:
    """Service promises: met of those decided, by policy."""
    if not marts.has("fct_sla_events", "policy", "metric", "state", "local_date"):
        return []
    persons = marts.column("fct_sla_events", "person_id")
    rows = marts.rows(
        f"""select policy, metric, count(*) filter (state = 'met') as met,
            count(*) filter (state = 'breached') as breached,
            count(*) filter (state = 'active') as active,
            count(distinct case when state in ('met', 'breached') then {persons} end) as persons
        from fct_sla_events where local_date between ? and ?
        group by policy, metric order by policy, metric""",
        span.first,
        span.last,
    )
    hide = marks([known_persons(r["persons"], r["met"] + r["breached"]) for r in rows])
    names = {kpi.kpi_id: kpi.name for kpi in catalogue(marts)}
    cells: list[list[Cell | str]] = []
    for row, mark in zip(rows, hide, strict=True):
        n = row["met"] + row["breached"]
        bounds = wilson(row["met"], n)
        kept: Cell | str = NONE
        if mark:
            kept = mark
        elif bounds:
            low, high = (share(bound) for bound in bounds)
            kept = Cell(share(row["met"] / n), small=f"{low} to {high}, n {number(n)}")
        name = Cell(names.get(row["policy"], plain(row["policy"])), small=plain(row["metric"]))
        cells.append([name, kept, mark or number(row["active"])])
    note = f"Of those decided, with Wilson 95 % interval and n. {span.words}."
    return [Table(("Promise", "Kept", "Open"), cells, "Promises kept", note)] if cells else []
