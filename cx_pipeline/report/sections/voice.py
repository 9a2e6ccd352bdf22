"""Voice of the customer: what they answered, how many did, and who is how content."""

from itertools import groupby

from cx_pipeline.report.blocks import Block, Cell, Figure, Grid, Section, Table, missing
from cx_pipeline.report.comparisons import columns
from cx_pipeline.report.context import Context
from cx_pipeline.report.groups import FEW, K, few, known_persons, marks
from cx_pipeline.report.parts import group_dots, weekly_stack
from cx_pipeline.report.reading import Marts
from cx_pipeline.report.sections import drivers
from cx_pipeline.report.spans import (
    QUARTER,
    Fact,
    Span,
    chosen,
    grouped,
    persons_by,
    span_of,
    weekly_counts,
)
from cx_pipeline.report.weeks import catalogue
from cx_pipeline.report.wording import NONE, number, plain, share

_FILLED_BY = "a survey tool (Qualtrics) or reviews that carry a score (Olist)"
_FACT = Fact("fct_responses", where="is_counted")
_KIND = "case when kind in ('nps', 'csat', 'ces', 'fcr') then upper(kind) else kind end"
_KINDS = {
    "nps": ("How likely to recommend us, 0 to 10", ""),
    "csat": ("How satisfied, 1 to 5", "and aspect = 'overall' and scale_min = 1 and scale_max = 5"),
    "ces": ("How easy it was, 1 to 7", "and scale_min = 1 and scale_max = 7"),
}
_RANGES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
_GOOD_FROM = {"nps": (7, 9), "csat": (3, 4), "ces": (4, 5)}
_GROUPS = {"value_segment": "value", "rfm_segment": "RFM", "tenure": "known for"}
_VALUE_NAMES = {"high": "High value", "medium": "Medium value", "low": "Low value"}
_BAD, _MIDDLE, _GOOD = "var(--c5)", "var(--c6)", "var(--c1)"
_LEGENDS = {
    "nps": ((_BAD, "detractors"), (_MIDDLE, "passives"), (_GOOD, "promoters")),
    "csat": ((_BAD, "1 or 2"), (_MIDDLE, "3"), (_GOOD, "4 or 5, counted as satisfied")),
    "ces": ((_BAD, "1 to 3"), (_MIDDLE, "4"), (_GOOD, "5 to 7, found it easy")),
}


def section(marts: Marts, told: Context) -> Section:
    """Distributions, answers by week, NPS by channel and segment, what moves it, response rates."""
    span = span_of(marts, _FACT, told.as_of)
    blocks: list[Block] = []
    if span is None:
        blocks.append(missing("full week of survey answers", _FILLED_BY))
    else:
        quarter = span.latest(QUARTER)
        figures = [_distribution(marts, kind, quarter) for kind in _KINDS]
        counts = weekly_counts(marts, _FACT, _KIND, span)
        blocks.append(
            Grid(
                (
                    *(figure for figure in figures if figure),
                    *_by_group(marts, quarter),
                    weekly_stack("Answers by kind", counts, span, "valid answers"),
                )
            )
        )
    if moving := drivers.figures(marts):
        blocks.append(Grid(tuple(moving)))
    blocks += _rates(marts)
    blocks += _unlike(marts)
    return Section(
        "voice",
        "Voice of the customer",
        "What customers answered. For NPS one answer a person and survey wave counts, the last; "
        "codes outside a scale are no answers. NPS, CSAT and CES by week stand above.",
        tuple(blocks),
    )


def _distribution(marts: Marts, kind: str, span: Span) -> Figure | None:
    title, more = _KINDS[kind]
    if not marts.has("fct_responses", "kind", "score", "is_counted", "scale_min", "aspect"):
        return None
    rows = marts.rows(
        f"""select cast(score as integer) as score, count(*) as n,
            count(distinct {marts.column("fct_responses", "person_id")}) as persons
        from fct_responses
        where kind = ? and is_counted and local_date between ? and ? {more}
        group by 1 order by 1""",
        kind,
        span.first,
        span.last,
    )
    total = sum(row["n"] for row in rows)
    bins = _bins(kind, {row["score"]: (row["n"], row["persons"]) for row in rows})
    found = marks([known_persons(persons, n) for _, _, n, persons in bins])
    if not rows or all(found):
        return None
    bars: list[tuple[str, float | None, str, str]] = []
    cells = []
    for (name, colour, n, _), mark in zip(bins, found, strict=True):
        text = mark or f"{number(n)} of {number(total)}"
        bars.append((name, None if mark else n / total, colour, f"{name}: {text}"))
        cells.append([name, mark or number(n), mark or share(n / total)])
    pooled = " Scores of few persons stand together." if any("to" in b[0] for b in bins) else ""
    note = f"Share of n {number(total)} valid answers, {span.words}. {span.through_words}{pooled}"
    return Figure(
        title=title,
        svg=columns(bars, f"{title}; values in the table below"),
        note=note,
        table=Table(("Score", "Answers", "Share"), cells),
        legend=_LEGENDS[kind],
    )


def _bins(kind: str, seen: dict[int, tuple[int, int]]) -> list[tuple[str, str, int, int]]:
    """Scores of one colour, pooled with their neighbours until K persons stand behind each.

    Gives name, colour, answers and persons: of pooled scores the largest count, the sure bound.
    """
    low, high = _RANGES[kind]
    found: list[tuple[list[int], str, int, int]] = []
    for score in range(low, high + 1):
        colour = _colour(kind, score)
        n, persons = seen.get(score, (0, 0))
        if found and found[-1][1] == colour and (0 < found[-1][3] < K or 0 < persons < K):
            scores, _, n_before, persons_before = found.pop()
            found.append(([*scores, score], colour, n_before + n, max(persons_before, persons)))
        else:
            found.append(([score], colour, n, persons))
    return [(_name(scores), colour, n, persons) for scores, colour, n, persons in found]


def _name(scores: list[int]) -> str:
    return str(scores[0]) if len(scores) == 1 else f"{scores[0]} to {scores[-1]}"


def _colour(kind: str, score: int) -> str:
    middle, good = _GOOD_FROM[kind]
    return _GOOD if score >= good else _MIDDLE if score >= middle else _BAD


def _by_group(marts: Marts, span: Span) -> list[Figure]:
    """NPS by channel and by value segment."""
    found = []
    for kpi in chosen(catalogue(marts), ("nps",)):
        answers = Fact("fct_responses", where="kind = 'nps' and is_counted")
        channels = persons_by(marts, answers, "channel", span)
        by_channel = grouped(marts, kpi, "channel", span, channels)
        by_segment = grouped(
            marts, kpi, "segment", span, _segment_persons(marts, span), without="unknown"
        )
        found += [
            group_dots("NPS by survey channel", kpi, by_channel, span),
            group_dots("NPS by value segment", kpi, by_segment, span, _VALUE_NAMES),
        ]
    return [figure for figure in found if figure]


def _segment_persons(marts: Marts, span: Span) -> dict[str, int] | None:
    """Persons who answered the NPS question, by their value segment on that day."""
    if not (
        marts.has("fct_responses", "person_id", "local_date")
        and marts.has("fct_segment_membership", "person_id", "valid_from", "valid_to")
    ):
        return None
    rows = marts.rows(
        """select m.segment, count(distinct r.person_id) as persons
        from fct_responses as r join fct_segment_membership as m
            on m.person_id = r.person_id and m.scheme = 'value' and m.valid_from <= r.local_date
            and (m.valid_to is null or m.valid_to > r.local_date)
        where r.kind = 'nps' and r.is_counted and r.local_date between ? and ?
        group by m.segment""",
        span.first,
        span.last,
    )
    return {row["segment"]: row["persons"] for row in rows}


def _rates(marts: Marts) -> list[Block]:
    table = "agg_response_rates"
    if not marts.has(table, "survey_id", "wave", "delivered_count", "response_rate", "low"):
        return []
    rows = marts.rows(
        f"""select survey_id, wave, delivered_count, answered_invitation_count as answered,
            response_count, response_rate, low, high
        from {table} order by response_count desc, survey_id, wave limit 20"""
    )
    cells: list[list[Cell | str]] = []
    for row in rows:
        rate: Cell | str = NONE
        if 0 < (row["answered"] or 0) < K:
            rate = FEW
        elif row["response_rate"] is not None:
            bounds = f"{share(row['low'])} to {share(row['high'])}"
            rate = Cell(
                share(row["response_rate"]), small=f"{bounds}, n {number(row['delivered_count'])}"
            )
        cells.append(
            [
                row["survey_id"],
                plain(row["wave"]),
                few(row["delivered_count"]),
                few(row["response_count"]),
                rate,
            ]
        )
    headers = ("Survey", "Wave", "Delivered", "Responses", "Response rate")
    note = "Of invitations delivered, with Wilson 95 % interval and n; none where none are known."
    return [Table(headers, cells, "Response rate by survey wave", note, left=2)]


def _unlike(marts: Marts) -> list[Block]:
    """Groups that speak too much or too little in a survey wave, the most unlike first."""
    table = "agg_representativeness"
    if not marts.has(table, "difference_from_customers", "is_unlike"):
        return []
    rows = marts.rows(
        f"""select survey_id, wave, dimension, dimension_value, respondents, customers,
            respondents_share, customers_share, difference_from_customers as difference, is_unlike
        from {table} where respondents_share is not null
        order by source, survey_id, wave, dimension, dimension_value"""
    )
    shown: list[tuple[float, list[Cell | str]]] = []
    wholes = groupby(rows, key=lambda row: (row["survey_id"], row["wave"], row["dimension"]))
    for _, whole in wholes:
        groups = list(whole)
        hidden = zip(
            marks([row["respondents"] for row in groups]),
            marks([row["customers"] for row in groups]),
            strict=True,
        )
        for row, found in zip(groups, hidden, strict=True):
            if row["is_unlike"] and row["difference"] is not None and not any(found):
                name = f"{_GROUPS[row['dimension']]}: {plain(row['dimension_value'])}"
                own, of_all = share(row["respondents_share"]), share(row["customers_share"])
                cells = [row["survey_id"], plain(row["wave"]), name, own, of_all]
                shown.append((-abs(row["difference"]), [*cells, f"{row['difference']:+.2f}"]))
    if not shown:
        return []
    headers = ("Survey", "Wave", "Group", "Of respondents", "Of customers", "Difference")
    note = (
        "Shares of each group, and their standardised difference: over 0.2 the scores of the wave "
        "speak for it too much, under -0.2 too little. Groups as of the last day."
    )
    cells_shown = [cells for _, cells in sorted(shown, key=lambda one: one[0])[:12]]
    return [Table(headers, cells_shown, "Who answers unlike the customers", note, left=3)]
