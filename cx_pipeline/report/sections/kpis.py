"""The KPI overview: a card each, with what moved by more than chance."""

from collections.abc import Sequence
from datetime import date

from cx_pipeline.report.blocks import (
    Block,
    Card,
    Cards,
    Section,
    missing,
)
from cx_pipeline.report.groups import FEW, K, few
from cx_pipeline.report.spark import sparkline
from cx_pipeline.report.weeks import Kpi, Point, Series, last_monday
from cx_pipeline.report.wording import change, day, measure, number, plain, plural, week

FILLED_BY = {
    "journey": "web events (GA4)",
    "value": "orders (a shop or CRM)",
    "feedback": "survey answers (Qualtrics)",
    "service": "a contact centre or service desk (Amazon Connect, Salesforce cases)",
}
METHODS = {
    "wilson": "Wilson interval of a share",
    "adjusted_wald": "adjusted Wald interval of a difference of shares",
    "student_t": "Student's t interval of a mean",
    "poisson": "Poisson interval of a count",
    "compound_poisson": "compound Poisson interval of a sum",
}


def overview(series: Sequence[Series], as_of: date, currency: str) -> Section:
    """One card a KPI: the last full week, how sure, and how it moved."""
    shown = [s for s in series if s.points]
    blocks: list[Block] = [Cards(tuple(card(s, currency) for s in shown))] if shown else []
    return Section(
        "overview",
        "The last full week",
        f"{headline(shown, currency)} {staleness(shown, as_of)}".strip(),
        (*blocks, *absent(series)),
    )


def staleness(series: Sequence[Series], as_of: date) -> str:
    """Says so when the data end before the last week that is over."""
    newest = max((s.points[-1].monday for s in series), default=None)
    if newest is None or newest >= last_monday(as_of, None):
        return ""
    behind = plural((last_monday(as_of, None) - newest).days // 7, "week")
    return f"The data end earlier than they could: these figures are {behind} behind."


def absent(series: Sequence[Series]) -> list[Block]:
    """One note an owner for the KPIs without any full week."""
    owners: dict[str, list[str]] = {}
    for one in series:
        if not one.points:
            owners.setdefault(one.kpi.owner, []).append(one.kpi.name)
    return [
        missing(f"full week of {_listed(names)}", FILLED_BY.get(owner, "a source of this topic"))
        for owner, names in owners.items()
    ] or ([] if series else [missing("KPI catalogue", "a run of the transform (cx run)")])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1] if len(names) > 1 else names[0]


def headline(series: Sequence[Series], currency: str) -> str:
    """What moved by more than chance, in a sentence or two."""
    if not series:
        return "No KPI has a full week yet."
    compared = [s for s in series if s.step]
    moved = [s for s in compared if s.is_beyond_chance and s.step]
    lead = f"Of {plural(len(compared), 'KPI')} with two full weeks to compare, "
    if not moved:
        return lead + "none moved by more than chance explains."
    told = "; ".join(
        f"{s.kpi.name} {'rose' if s.step[0] > 0 else 'fell'} by "
        f"{measure_step(abs(s.step[0]), s.kpi, currency)}"
        for s in moved
        if s.step
    )
    return f"{lead}{number(len(moved))} moved by more than chance explains: {told}."


def measure_step(value: float, kpi: Kpi, currency: str) -> str:
    """The size of a change, without its sign."""
    return change(value, kpi.unit, currency).lstrip("+")


def card(series: Series, currency: str) -> Card:
    """The card of a KPI with at least one full week."""
    kpi, last = series.kpi, series.points[-1]
    known = [
        ((p.monday - date.min).days // 7, p.value, p.bounds)
        for p in series.points
        if p.value is not None
    ]
    text, more, tone = change_words(series, currency)
    return Card(
        anchor=f"kpi-{kpi.kpi_id}",
        name=kpi.name,
        value=FEW if last.is_small else measure(last.value, kpi.unit, currency),
        facts=(interval_words(last, kpi, currency), f"n {count(last)} · {week(last.monday)}"),
        change=text,
        change_more=more,
        tone=tone,
        target=target_words(series, currency),
        spark=sparkline(known, f"{kpi.name} over {plural(len(known), 'full week')}"),
        excluded=excluded_words(series),
        terms=terms(series, currency),
    )


def terms(series: Series, currency: str) -> tuple[tuple[str, str], ...]:
    """What the number means: opened from the card."""
    kpi = series.kpi
    told = (
        ("Definition", kpi.definition),
        ("Better", {"up": "higher", "down": "lower"}.get(kpi.direction, "neither")),
        ("Interval", METHODS.get(kpi.method, kpi.method) + ", 95 %"),
        ("Data through", day(series.data_through)),
        ("Owner", plain(kpi.owner)),
        ("Source", kpi.source),
        *(
            ("Elsewhere", f"{measure(value, kpi.unit, currency)}: {whose}")
            for value, whose in kpi.elsewhere
        ),
        ("Definition version", kpi.version),
    )
    return tuple((name, text) for name, text in told if text)


def count(point: Point) -> str:
    """n; of a small group only that it is small."""
    return FEW if point.is_small else number(point.n)


def interval_words(point: Point, kpi: Kpi, currency: str) -> str:
    """19.1 to 23.4 (95 %)."""
    if point.bounds is None:
        return "no interval"
    low, high = (measure(bound, kpi.unit, currency) for bound in point.bounds)
    return f"95 %: {low} to {high}"


def change_words(series: Series, currency: str) -> tuple[str, str, str]:
    """The step against the week before, how sure it is, and whether it is good or bad news."""
    kpi = series.kpi
    if series.step is None:
        return "No week before to compare with", "", ""
    step, bounds = series.step
    text = f"{change(step, kpi.unit, currency)} on the week before"
    if bounds is None:
        return text, "no interval", ""
    low, high = (change(bound, kpi.unit, currency) for bound in bounds)
    interval = f"95 %: {low} to {high}"
    if not series.is_beyond_chance:
        return text, f"Within chance ({interval})", ""
    better = series.is_better
    if better is None:
        return text, f"Beyond chance ({interval})", ""
    word, tone = ("better", "good") if better else ("worse", "bad")
    return f"{text}: {word}", f"Beyond chance ({interval})", tone


def target_words(series: Series, currency: str) -> str:
    """Target met only where the whole interval is on its good side."""
    kpi, last = series.kpi, series.last
    if kpi.target is None or last is None or last.value is None:
        return ""
    sign = "at most" if kpi.direction == "down" else "at least"
    text = f"Target {sign} {measure(kpi.target, kpi.unit, currency)}: "
    low, high = last.bounds or (last.value, last.value)
    above, below = low >= kpi.target, high <= kpi.target
    good, bad = (below, above) if kpi.direction == "down" else (above, below)
    return text + ("met" if good else "missed" if bad else "not decided at this n")


def excluded_words(series: Series) -> str:
    """How many rows the number leaves out, and why."""
    last = series.last
    if last is None or not last.excluded:
        return "Excluded: none"
    reasons = ", ".join(f"{plain(reason)} {few(n)}" for reason, n in series.reasons)
    if len(series.reasons) == 1 or any(0 < n < K for _, n in series.reasons):
        return f"Excluded: {reasons}"
    return f"Excluded: {few(last.excluded)}" + (f" ({reasons})" if reasons else "")
