"""The report: figures that re-aggregate rightly, small groups hidden, every value escaped."""

import itertools
import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from report_world import AS_OF, CONTEXT, HOSTILE, build_publish

from cx_pipeline.report.context import context_of
from cx_pipeline.report.drawing import draw
from cx_pipeline.report.groups import COVER, FEW, marks
from cx_pipeline.report.intervals import (
    adjusted_wald,
)
from cx_pipeline.report.page import sections_of, write_report
from cx_pipeline.report.reading import Marts
from cx_pipeline.report.sections import subscriptions
from cx_pipeline.report.sections.service import section
from cx_pipeline.report.spans import Fact, shown, span_of, weekly_counts
from cx_pipeline.report.weeks import first_monday, last_monday, weekly
from cx_pipeline.report.wording import NONE


@pytest.fixture(scope="module")
def publish(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("publish") / "cx_marts.duckdb"
    build_publish(path)
    return path


@pytest.fixture
def con(publish: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(publish), read_only=True) as open_:
        yield open_


@pytest.fixture(scope="module")
def page(publish: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    with duckdb.connect(str(publish), read_only=True) as open_:
        write_report(open_, path, CONTEXT)
    return path.read_text(encoding="utf-8")


# ---- small groups ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("persons", "expected"),
    [
        ([10, 20, 30], ["", "", ""]),
        ([3, 20, 30], [FEW, COVER, ""]),  # one alone could be had from the total
        ([3, 4, 30], [FEW, FEW, ""]),  # together 7: covered
        ([1, 1, 30], [FEW, FEW, COVER]),  # together 2: still a small group
        ([4, 30, 0], [FEW, COVER, ""]),  # an empty group is nobody
        ([2], [FEW]),
    ],
)
def test_small_groups_are_marked_with_cover(persons: list[int], expected: list[str]) -> None:
    assert marks(persons) == expected


def test_a_channel_of_few_persons_is_only_seen_with_others(con: duckdb.DuckDBPyConnection) -> None:
    span = span_of(Marts(con), Fact("fct_contacts"), AS_OF)
    assert span is not None
    counts = weekly_counts(Marts(con), Fact("fct_contacts"), "channel", span)
    assert "store" not in counts and any("store" in name or "others" in name for name in counts)
    total = con.execute(
        "select count(*) from fct_contacts where local_date between ? and ?",
        [span.first, span.last],
    ).fetchone()
    assert total is not None
    assert sum(n for by_week in shown(counts).values() for n in by_week.values()) == total[0]


def test_a_queue_of_few_persons_shows_no_value(tmp_path: Path) -> None:
    path = tmp_path / "cx_marts.duckdb"
    build_publish(path)
    with duckdb.connect(str(path)) as open_:
        open_.execute("update fct_contacts set person_id = 'p1' where queue = 'sales'")
        service = section(Marts(open_), context_of(CONTEXT))
    queues = next(b for b in service.blocks if b.kind == "table" and b.headers[0] == "Queue")
    told = {row[0]: row[1] for row in queues.rows}
    assert told["sales"] == FEW
    assert sum(value == COVER for value in told.values()) == 1


# ---- weeks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "through", "monday"),
    [
        (date(2026, 11, 16), None, date(2026, 11, 9)),  # a Monday: yesterday's week is over
        (date(2026, 11, 15), None, date(2026, 11, 2)),  # a Sunday: its week is not
        (date(2026, 11, 17), date(2026, 11, 14), date(2026, 11, 2)),  # the data end on Saturday
        (date(2026, 11, 17), date(2026, 11, 15), date(2026, 11, 9)),
    ],
)
def test_only_weeks_that_are_over(as_of: date, through: date | None, monday: date) -> None:
    assert last_monday(as_of, through) == monday


def test_the_first_week_is_whole() -> None:
    assert first_monday(date(2026, 11, 9)) == date(2026, 11, 9)
    assert first_monday(date(2026, 11, 10)) == date(2026, 11, 16)


def test_weekly_values_come_from_numerators_and_denominators(
    con: duckdb.DuckDBPyConnection,
) -> None:
    series = {s.kpi.kpi_id: s for s in weekly(Marts(con), AS_OF)}
    monday = date(2026, 11, 9)
    sunday = monday + timedelta(days=6)
    scores = con.execute(
        "select score from fct_responses where kind = 'nps' and local_date between ? and ?",
        [monday, sunday],
    ).fetchall()
    promoters = sum(score >= 9 for (score,) in scores)
    detractors = sum(score <= 6 for (score,) in scores)
    last = series["nps"].last
    assert last is not None and last.monday == monday and last.n == len(scores)
    assert last.value == pytest.approx(100 * (promoters - detractors) / len(scores))
    assert last.bounds == adjusted_wald(promoters - detractors, len(scores), promoters + detractors)
    handled = con.execute(
        """select avg(handle_seconds), count(*) from fct_contacts
        where not is_abandoned and local_date between ? and ?""",
        [monday, sunday],
    ).fetchone()
    aht = series["aht"].last
    assert aht is not None and handled is not None
    assert (aht.value, aht.n) == (pytest.approx(handled[0]), handled[1])


def test_old_data_are_called_old(con: duckdb.DuckDBPyConnection) -> None:
    late = CONTEXT | {"as_of": (AS_OF + timedelta(days=14)).isoformat()}
    sections = {s.anchor: s for s in sections_of(Marts(con), context_of(late))}
    assert "these figures are 2 weeks behind" in sections["overview"].lede
    assert context_of(late).until == date(2026, 11, 17)
    now = {s.anchor: s for s in sections_of(Marts(con), context_of(CONTEXT))}
    assert "behind" not in now["overview"].lede


# ---- the page -------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Collects tags, and text outside of style."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_page_is_one_offline_file(page: str) -> None:
    reader = read(page)
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "img", "iframe", "object", "embed", "base", "form", "image"}
    for tag, attributes in reader.tags:
        assert not any(name.startswith("on") for name in attributes), tag
        for name in ("src", "href", "xlink:href", "action", "data"):
            address = attributes.get(name)
            assert address is None or address.startswith("#") or address == "data:,", address
    assert "url(" not in page and "@import" not in page
    assert len(page.encode()) < 1_500_000


def test_hostile_values_are_escaped(page: str) -> None:
    assert HOSTILE not in page
    assert HOSTILE in "".join(read(page).text), "the queue is shown, as text"


def test_anchors_are_unique_and_lead_somewhere(page: str) -> None:
    reader = read(page)
    ids = [told["id"] for _, told in reader.tags if told.get("id")]
    assert len(ids) == len(set(ids))
    targets = {str(told["href"])[1:] for tag, told in reader.tags if tag == "a"}
    assert targets <= set(ids)


def test_every_drawing_has_a_label_and_every_chart_its_table(page: str) -> None:
    reader = read(page)
    drawings = [told for tag, told in reader.tags if tag == "svg"]
    assert len(drawings) > 20
    assert all(told.get("role") == "img" and told.get("aria-label") for told in drawings)
    for figure in re.findall(r"<figure.*?</figure>", page, re.S):
        assert "<details>" in figure


def test_headings_descend_by_one(page: str) -> None:
    levels = [int(tag[1]) for tag, _ in read(page).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_numbers_carry_their_interval_n_and_date(page: str) -> None:
    cards = re.findall(r'<article class="card kpi">.*?</article>', page, re.S)
    assert len(cards) == 11
    for card in cards:
        assert "95 %:" in card and "Data through" in card and "Definition" in card
        assert re.search(r"n [\d,]+", card) and "9 to 15 Nov 2026" in card


def test_verdict_names_failures_first(page: str) -> None:
    text = " ".join(read(page).text)
    assert "1 of 2 checks passed, 1 warning." in text
    assert "qualtrics is two days old" in text
    assert text.index("Checks that did not pass") < text.index("1 passed check")


KPIS = ("dim_kpis", "fct_kpi_daily", "fct_kpi_excluded")
FACTS = ("fct_contacts", "fct_sla_events", "fct_responses", "fct_touchpoints")
OTHERS = (
    "agg_response_rates",
    "agg_subscription_movements",
    "agg_segment_kpis",
    "agg_transitions",
    "fct_segment_membership",
    "dim_segments",
    "process.meta_sources",
)


@pytest.mark.parametrize("gone", ["left out", "emptied"])
@pytest.mark.parametrize("tables", [KPIS, FACTS, OTHERS, KPIS + FACTS + OTHERS], ids=len)
def test_any_source_may_be_missing(tmp_path: Path, tables: tuple[str, ...], gone: str) -> None:
    path = tmp_path / "cx_marts.duckdb"
    left = {"without": tables} if gone == "left out" else {"emptied": tables}
    build_publish(path, **left)
    with duckdb.connect(str(path), read_only=True) as open_:
        sections = sections_of(Marts(open_), context_of(CONTEXT))
    told = [b.text for s in sections for b in s.blocks if b.kind == "note" and b.tone == "absent"]
    assert told and all("It is filled by" in sentence for sentence in told)
    if tables == KPIS + FACTS + OTHERS:
        assert len(told) >= 7


def test_a_publish_without_any_person_known_is_silent_not_broken(tmp_path: Path) -> None:
    path = tmp_path / "cx_marts.duckdb"
    build_publish(path)
    with duckdb.connect(str(path)) as open_:
        open_.execute("update fct_kpi_daily set n_persons = 1")
        open_.execute("update fct_contacts set person_id = null")
    report = tmp_path / "report.html"
    with duckdb.connect(str(path), read_only=True) as open_:
        write_report(open_, report, CONTEXT)
    assert '<p class="value">&lt;5</p>' in report.read_text(encoding="utf-8")


def test_charts_that_show_the_same_are_taken_from_the_page_before(
    con: duckdb.DuckDBPyConnection, page: str, publish: Path, tmp_path: Path
) -> None:
    """Marked by hand in the page before, so that one which was drawn again is told apart."""
    marked = page.replace(' data-of="', ' class="before" data-of="')
    drawn = marked.count('class="before"')
    assert drawn > 10
    report = tmp_path / "report.html"
    write_report(con, report, CONTEXT, marked)
    again = report.read_text(encoding="utf-8")
    assert again.count('class="before"') == drawn
    assert again.replace(' class="before"', "") == page
    other = tmp_path / "cx_marts.duckdb"
    shutil.copyfile(publish, other)
    with duckdb.connect(str(other)) as changed:
        changed.execute("update fct_contacts set channel = 'fax' where channel = 'email'")
        write_report(changed, tmp_path / "alone.html", CONTEXT)
        write_report(changed, report, CONTEXT, marked)
    changed_page = report.read_text(encoding="utf-8")
    assert 0 < changed_page.count('class="before"') < drawn
    alone = (tmp_path / "alone.html").read_text(encoding="utf-8")
    assert changed_page.replace(' class="before"', "") == alone


def test_churn_is_the_kpi_and_not_all_that_was_lost_by_opening(tmp_path: Path) -> None:
    path = tmp_path / "cx_marts.duckdb"
    build_publish(path)
    with duckdb.connect(str(path)) as con:
        con.execute(
            """update fct_kpi_daily set n_persons = 4
            where kpi_id = 'churn_rate' and date = '2026-09-01'"""
        )
        con.execute(
            """update fct_kpi_daily set numerator = 4, value = 0.007
            where kpi_id = 'churn_rate' and date = '2026-08-01'"""
        )
        con.execute(
            "update agg_subscription_movements set lost = 3 where month = date '2026-07-01'"
        )
        figures = subscriptions.section(Marts(con), context_of(CONTEXT)).blocks[0].items
    (churn,) = [figure for figure in figures if figure.title == "Churn rate"]
    told = {month: getattr(cell, "text", cell) for month, cell in churn.table.rows}
    assert len(told) == 13
    assert told["Oct 2025"] == "5.0\u202f%"  # 25 of 500; lost by opening were 7.2 %
    few = ("Sep 2026", "Aug 2026", "Jul 2026")  # few persons, few lost, and few by subtraction
    assert {month for month, text in told.items() if text == NONE} == set(few)


def test_a_chart_that_cannot_be_drawn_says_so_and_the_next_one_is_drawn() -> None:
    with pytest.raises(ValueError, match="Invalid specification"):
        draw({}, "nothing")
    drawn = draw({"data": {"values": [{"x": 1}]}, "mark": "point", "encoding": {}}, "one point")
    assert 'aria-label="one point"' in drawn
