"""Segments: how large each is over time, and what its members do and say."""

from datetime import date, timedelta
from typing import Any

from cx_pipeline.report.blocks import Block, Cell, Grid, Section, Table, missing
from cx_pipeline.report.context import Context
from cx_pipeline.report.groups import FEW, K, marks
from cx_pipeline.report.intervals import adjusted_wald, wilson
from cx_pipeline.report.parts import weekly_stack
from cx_pipeline.report.reading import Marts, Row
from cx_pipeline.report.spans import QUARTER, Span, Weekly
from cx_pipeline.report.weeks import SHOWN_WEEKS, last_monday
from cx_pipeline.report.wording import NONE, amount, number, plain, share

_TABLE = "agg_segment_kpis"
_TITLES = {"rfm": "Recency, frequency and money", "value": "Value"}
_SUMS = (
    "sessions",
    "conversions",
    "orders",
    "revenue",
    "nps_numerator",
    "nps_denominator",
    "csat_numerator",
    "csat_denominator",
)


def section(marts: Marts, told: Context) -> Section:
    """Sizes over weeks and figures over the last quarter, for each scheme."""
    span = _span(marts, told.until)
    blocks: list[Block] = []
    if span is None:
        blocks.append(missing("segments", "orders of known persons (a shop or CRM)"))
    else:
        names = _names(marts)
        schemes = [
            r["scheme"] for r in marts.rows(f"select distinct scheme from {_TABLE} order by 1")
        ]
        sizes = [
            weekly_stack(
                f"{_title(scheme)}: persons by segment", counts, span, "persons", is_stock=True
            )
            for scheme in schemes
            if any((counts := _sizes(marts, scheme, span, names)).values())
        ]
        blocks.append(Grid(tuple(sizes)))
        for scheme in schemes:
            blocks.append(_figures(marts, scheme, span.latest(QUARTER), names, told.currency))
    return Section(
        "segments",
        "Segments",
        "One segment a person, scheme and day, by the published rules; looked at again each "
        "Monday, by what was known before it. What a person does counts for the segment held on "
        "that day: a first order is one of those without orders yet.",
        tuple(blocks),
    )


def _title(scheme: str) -> str:
    return _TITLES.get(scheme, plain(scheme).capitalize())


def _span(marts: Marts, as_of: date) -> Span | None:
    if not marts.has(_TABLE, "scheme", "segment", "week", "persons", *_SUMS):
        return None
    monday = last_monday(as_of, None)
    row = marts.rows(
        f"""select min(week) as first from {_TABLE} where week <= ?
            and segment not in ('unknown', 'no_orders') and persons >= {K}""",
        monday,
    )[0]
    if row["first"] is None:
        return None
    span = Span(row["first"], monday + timedelta(days=6), as_of - timedelta(days=1))
    return span.latest(SHOWN_WEEKS)


def _names(marts: Marts) -> dict[tuple[str, str], str]:
    """Segment names as the rules give them, in the order of the rules."""
    if not marts.has("dim_segments", "scheme", "segment", "name"):
        return {}
    order = marts.column("dim_segments", "position", "segment")
    rows = marts.rows(f"select scheme, segment, name from dim_segments order by scheme, {order}")
    return {(row["scheme"], row["segment"]): row["name"] for row in rows}


def _name(names: dict[tuple[str, str], str], scheme: str, segment: str) -> str:
    if segment == "unknown":
        return "Unknown persons"
    return names.get((scheme, segment), plain(segment))


def _sizes(marts: Marts, scheme: str, span: Span, names: dict[tuple[str, str], str]) -> Weekly:
    rows = marts.rows(
        f"""select segment, week, persons from {_TABLE}
        where scheme = ? and week between ? and ? and segment not in ('unknown', 'no_orders')
        order by week, segment""",
        scheme,
        span.first,
        span.last,
    )
    order = [s for sch, s in names if sch == scheme] + [row["segment"] for row in rows]
    counts: dict[str, dict[date, int | str]] = {}
    for segment in dict.fromkeys(order):
        if any(row["segment"] == segment and row["persons"] for row in rows):
            counts[segment] = {}
    for week in {row["week"] for row in rows}:
        these = [row for row in rows if row["week"] == week and row["segment"] in counts]
        for row, mark in zip(these, marks([r["persons"] for r in these]), strict=True):
            counts[row["segment"]][week] = mark or row["persons"]
    return {_name(names, scheme, segment): by for segment, by in counts.items()}


def _figures(
    marts: Marts, scheme: str, span: Span, names: dict[tuple[str, str], str], currency: str
) -> Table:
    sums = ", ".join(f"cast(sum({name}) as double) as {name}" for name in _SUMS)
    rows = marts.rows(
        f"""select segment, arg_max(persons, week) as persons, {sums} from {_TABLE}
        where scheme = ? and week between ? and ? group by segment""",
        scheme,
        span.first,
        span.last,
    )
    order = [segment for sch, segment in names if sch == scheme]
    rows.sort(key=lambda r: order.index(r["segment"]) if r["segment"] in order else len(order))
    answers = _answers(marts, scheme, span)
    hide = marks([row["persons"] for row in rows])
    cells = [
        [
            _name(names, scheme, row["segment"]),
            *_cells(row, mark, answers.get(row["segment"]), currency),
        ]
        for row, mark in zip(rows, hide, strict=True)
    ]
    headers = (
        "Segment",
        "Persons",
        "Sessions",
        "Conversion",
        "Orders",
        "Revenue",
        "Revenue a person",
        "NPS",
        "CSAT",
    )
    note = f"95 % interval and n below each share and score. {span.words}."
    return Table(headers, cells, f"{_title(scheme)}: what each segment did", note)


def _cells(row: Row, mark: str, answers: Row | None, currency: str) -> list[Cell | str]:
    if mark:
        return [mark, *[NONE] * 7]
    persons = row["persons"]
    per_person = amount(row["revenue"] / persons, currency) if persons else NONE
    return [
        number(persons) if persons else NONE,
        number(row["sessions"]),
        _share(row["conversions"], row["sessions"]),
        number(row["orders"]),
        amount(row["revenue"], currency),
        per_person,
        _nps(row, answers),
        _share(row["csat_numerator"], row["csat_denominator"], answers and answers["csat_persons"]),
    ]


def _share(cases: float, n: float, persons: Any = None) -> Cell | str:
    bounds = wilson(cases, n)
    if bounds is None:
        return NONE
    if min(n, n if persons is None else persons) < K:
        return FEW
    low, high = (share(bound) for bound in bounds)
    return Cell(share(cases / n), small=f"{low} to {high}, n {number(n)}")


def _nps(row: Row, answers: Row | None) -> Cell | str:
    """NPS with its interval; where promoters and detractors are unknown, the widest possible."""
    n = row["nps_denominator"]
    squares = answers["squares"] if answers else n
    bounds = adjusted_wald(row["nps_numerator"], n, squares)
    if bounds is None:
        return NONE
    if min(n, answers["nps_persons"] if answers else n) < K:
        return FEW
    low, high = (number(bound, 1) for bound in bounds)
    return Cell(number(100 * row["nps_numerator"] / n, 1), small=f"{low} to {high}, n {number(n)}")


def _answers(marts: Marts, scheme: str, span: Span) -> dict[str, Row]:
    """Persons who answered, and promoters plus detractors, by their segment on that day."""
    if not (
        marts.has("fct_responses", "person_id", "nps_bucket", "is_counted")
        and marts.has("fct_segment_membership", "person_id", "scheme", "valid_from", "valid_to")
    ):
        return {}
    rows = marts.rows(
        """select m.segment,
            count(*) filter (r.nps_bucket in ('promoter', 'detractor')) as squares,
            count(distinct case when r.kind = 'nps' then r.person_id end) as nps_persons,
            count(distinct case when r.kind = 'csat' then r.person_id end) as csat_persons
        from fct_responses as r join fct_segment_membership as m
            on m.person_id = r.person_id and m.scheme = ? and m.valid_from <= r.local_date
            and (m.valid_to is null or m.valid_to > r.local_date)
        where r.is_counted and r.local_date between ? and ? group by m.segment""",
        scheme,
        span.first,
        span.last,
    )
    return {row["segment"]: row for row in rows}
