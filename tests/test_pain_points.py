"""Pain points: each rule planted beside what just misses it, and impacts by a plain recount."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from statistics import stdev
from typing import Any

import pytest
from bootstrap_weights import weight
from conversion_world import Models
from homes import AS_OF as DEMO_AS_OF
from homes import Demo

AS_OF = date(2026, 3, 1)
NOON, DAY = datetime(2026, 2, 10, 12), timedelta(days=1)
NAMES = ("fct_pain_points", "agg_pain_points")
TABLES = {
    "entities.web_events": "source varchar, source_id varchar, visitor_token varchar,"
    " login_token varchar, occurred_at timestamp, event_name varchar, page_path varchar,"
    " item_id varchar, error_code varchar, load_ms bigint, is_bot boolean",
    "entities.contact_events": "source varchar, source_id varchar, contact_id varchar,"
    " occurred_at timestamp, kind varchar",
    "entities.outages": "channel varchar, started_at timestamp, ended_at timestamp",
    "intermediate.int_person_tokens": "token varchar, person_id varchar",
    "marts.fct_contacts": "source varchar, person_id varchar, contact_id varchar, opened_at timestamp,"
    " channel varchar, reason varchar, outcome varchar, wait_seconds decimal(18,3),"
    " is_abandoned boolean, is_transferred boolean, excluded_reason varchar, direction varchar",
    "marts.fct_orders": "source varchar, person_id varchar, order_id varchar, ordered_at timestamp,"
    " status varchar, status_at timestamp, promised_at timestamp, delivered_at timestamp,"
    " channel varchar, is_late boolean,"
    " refunded_amount decimal(18,2), net_amount decimal(18,2), is_void boolean,"
    " excluded_reason varchar, local_date date",
    "marts.fct_responses": "source varchar, person_id varchar, answer_id varchar, answered_at timestamp,"
    " channel varchar, kind varchar, aspect varchar, contact_id varchar, score decimal(18,2),"
    " scale_min integer, scale_max integer, is_counted boolean, nps_bucket varchar, local_date date",
    "marts.fct_sessions": "person_id varchar, local_date date, is_converted boolean,"
    " is_bot boolean",
    "marts.fct_subscriptions": "person_id varchar, ended_date date",
}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    models = Models(tmp_path_factory.mktemp("pain_points"), NAMES, AS_OF)
    yield models
    models.con.close()


@pytest.fixture
def models(compiled: Models) -> Models:
    for name, columns in TABLES.items():
        compiled.table(name, columns)
    return compiled


def put(models: Models, table: str, **told: Any) -> None:
    names = ", ".join(told)
    marks = ", ".join("?" * len(told))
    models.con.execute(f"insert into {table} ({names}) values ({marks})", list(told.values()))


class Life:
    """One person, to whom things happen."""

    def __init__(self, models: Models, person: str) -> None:
        self.models, self.person, self.number = models, person, 0
        put(models, "intermediate.int_person_tokens", token=f"c-{person}", person_id=person)

    def _id(self) -> str:
        self.number += 1
        return f"{self.person}-{self.number}"

    def web(self, seconds: float, name: str, **more: Any) -> None:
        told = {"visitor_token": f"c-{self.person}", "is_bot": False, "page_path": "/"} | more
        at = NOON + timedelta(seconds=seconds)
        put(
            self.models, "entities.web_events", source="web", source_id=self._id(),
            occurred_at=at, event_name=name, **told,
        )  # fmt: skip

    def contact(self, seconds: float = 0, **more: Any) -> str:
        name = f"crm/{self._id()}"
        told = {"is_abandoned": False, "is_transferred": False, "channel": "call"} | more
        at = NOON + timedelta(seconds=seconds)
        put(
            self.models, "marts.fct_contacts",
            person_id=self.person, contact_id=name, opened_at=at, **told,
        )  # fmt: skip
        return name

    def order(self, **more: Any) -> None:
        told = {"is_void": False, "is_late": False, "net_amount": 10, "local_date": NOON.date()}
        put(
            self.models, "marts.fct_orders",
            person_id=self.person, order_id=self._id(), ordered_at=NOON, **told | more,
        )  # fmt: skip

    def answer(self, kind: str, aspect: str, score: int, **more: Any) -> None:
        told = {"scale_min": 1, "scale_max": 7 if kind == "ces" else 5, "is_counted": True}
        put(
            self.models, "marts.fct_responses", person_id=self.person, answer_id=self._id(),
            answered_at=NOON, local_date=NOON.date(), kind=kind, aspect=aspect, score=score,
            **told | more,
        )  # fmt: skip


def _clicks(life: Life, *seconds: float, name: str = "click") -> None:
    for second in seconds:
        life.web(second, name, item_id="buy")


def _pages(life: Life, paths: Sequence[str], step: float) -> None:
    for place, path in enumerate(paths):
        life.web(place * step, "page_view", page_path=path)


def _event(life: Life, kind: str) -> None:
    contact = life.contact().removeprefix("crm/")
    put(
        life.models, "entities.contact_events",
        source="crm", source_id=life._id(), contact_id=contact, occurred_at=NOON, kind=kind,
    )  # fmt: skip


def _outage(life: Life, channel: str) -> None:
    put(
        life.models, "entities.outages", channel=channel,
        started_at=NOON, ended_at=NOON + timedelta(hours=1),
    )  # fmt: skip
    life.contact(60, channel="store")


# rule -> kind, what is found by it, and what just misses it
PLANTED: dict[str, tuple[str, Any, Any]] = {
    "long_queue": (
        "wait", lambda one: one.contact(wait_seconds=121), lambda one: one.contact(wait_seconds=120),
    ),
    "left_the_queue": (
        "wait", lambda one: one.contact(wait_seconds=300, is_abandoned=True),
        lambda one: one.contact(is_abandoned=True, excluded_reason="test"),
    ),
    "late_delivery": (
        "wait", lambda one: one.order(is_late=True, promised_at=NOON, delivered_at=NOON + DAY),
        lambda one: one.order(is_late=True, promised_at=NOON, is_void=True),
    ),
    "said_slow": (
        "wait", lambda one: one.answer("csat", "timeliness", 2),
        lambda one: one.answer("csat", "timeliness", 3),
    ),
    "rage_click": (
        "hard_interface", lambda one: _clicks(one, 0, 1, 2), lambda one: _clicks(one, 0, 1, 2.1),
    ),
    "repeated_form_error": (
        "hard_interface",
        lambda one: [one.web(at, "exception", error_code="E_FORM") for at in (0, 1800)],
        lambda one: [one.web(at, "exception", error_code="E_FORM") for at in (0, 1801)],
    ),
    "back_and_forth": (
        "hard_interface", lambda one: _pages(one, "abab", 20), lambda one: _pages(one, "abab", 21),
    ),
    "said_hard": (
        "hard_interface", lambda one: one.answer("ces", "ease", 3),
        lambda one: one.answer("ces", "ease", 4),
    ),
    "help_read_then_contact": (
        "unclear_communication",
        lambda one: [one.web(-86400, "page_view", page_path="/help/returns"), one.contact()],
        lambda one: [one.web(-86401, "page_view", page_path="/help/returns"), one.contact()],
    ),
    "said_unclear": (
        "unclear_communication", lambda one: one.answer("csat", "clarity", 1),
        lambda one: one.answer("csat", "clarity", 1, is_counted=False),
    ),
    "same_reason_in_7_days": (
        "repeated_contact",
        lambda one: [one.contact(at, reason="billing") for at in (-7 * 86400, 0)],
        lambda one: [one.contact(at, reason="billing") for at in (-7 * 86400 - 1, 0)],
    ),
    "handed_over": (
        "poor_service", lambda one: one.contact(is_transferred=True),
        lambda one: one.contact(is_transferred=True, direction="outbound"),
    ),
    "not_supplied": (
        "poor_service", lambda one: one.order(status="Unavailable", is_void=True),
        lambda one: one.order(status="canceled", is_void=True),
    ),
    "reopened": (
        "poor_service", lambda one: _event(one, "reopened"), lambda one: _event(one, "solved"),
    ),
    "said_bad_service": (
        "poor_service", lambda one: one.answer("csat", "overall", 1, contact_id="crm/1"),
        lambda one: one.answer("csat", "overall", 1),
    ),
    "refunded": (
        "defect_or_return", lambda one: one.order(refunded_amount=5),
        lambda one: one.order(refunded_amount=5, is_void=True),
    ),
    "return_contact": (
        "defect_or_return", lambda one: one.contact(reason="Returns"),
        lambda one: one.contact(reason="billing"),
    ),
    "error_shown": (
        "technical_failure", lambda one: one.web(0, "exception", error_code="E_TIMEOUT"),
        lambda one: one.web(0, "exception", error_code="E_TIMEOUT", is_bot=True),
    ),
    "slow_page": (
        "technical_failure", lambda one: one.web(0, "page_view", load_ms=10001),
        lambda one: one.web(0, "page_view", load_ms=10000),
    ),
    "turned_away": (
        "inaccessible", lambda one: one.contact(outcome="busy"),
        lambda one: one.contact(outcome="answered"),
    ),
    "in_an_outage": (
        "inaccessible", lambda one: _outage(one, "store"), lambda one: _outage(one, "chat"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", PLANTED)
def test_each_rule_finds_what_is_planted_and_not_what_misses_it(models: Models, rule: str) -> None:
    kind, found, missed = PLANTED[rule]
    missed(Life(models, "missed"))
    models.build("fct_pain_points")
    assert models.rows("select * from marts.fct_pain_points") == []
    found(Life(models, "found"))
    models.build("fct_pain_points")
    told = models.rows(
        "select person_id, kind, rule, count(*) from marts.fct_pain_points group by all"
    )
    if rule == "in_an_outage":  # both came to the store
        assert {row[0] for row in told} == {"found", "missed"}
        told = [row for row in told if row[0] == "found"]
    assert told == [("found", kind, rule, 1)]


MIDNIGHT = datetime(2026, 2, 20)


@pytest.mark.parametrize(
    ("order", "hurt_at"),
    [
        ({"delivered_at": MIDNIGHT + timedelta(hours=23)}, None),
        ({"delivered_at": MIDNIGHT + timedelta(hours=24)}, MIDNIGHT + DAY),
        ({"delivered_at": MIDNIGHT + 5 * DAY}, MIDNIGHT + timedelta(hours=25)),
        ({"status": "shipped"}, MIDNIGHT + timedelta(hours=25)),
        ({}, MIDNIGHT + timedelta(hours=25)),
        ({"status": "Delivered"}, None),  # nobody told when
        ({"promised_at": None}, None),
        ({"promised_at": datetime(2026, 2, 27, 22)}, datetime(2026, 2, 28, 23)),
        ({"promised_at": datetime(2026, 2, 28)}, None),  # the promised day is over with as_of
        ({"promised_at": datetime(2026, 3, 5)}, None),
    ],
)
def test_a_promise_is_broken_when_its_day_is_over(
    models: Models, order: dict[str, Any], hurt_at: datetime | None
) -> None:
    told = {"promised_at": MIDNIGHT, "is_late": None} | order
    if told["promised_at"] and told.get("delivered_at"):
        told["is_late"] = told["delivered_at"].date() > told["promised_at"].date()
    Life(models, "one").order(**told)
    models.build("fct_pain_points")
    found = models.rows("select occurred_at, local_date from marts.fct_pain_points")
    assert found == ([(hurt_at, hurt_at.date())] if hurt_at else [])


def test_every_kind_is_planted(models: Models) -> None:
    models.build()
    kinds = {row[0] for row in models.rows("select distinct kind from marts.agg_pain_points")}
    assert kinds == {kind for kind, *_ in PLANTED.values()}
    assert len(kinds) == 8
    empty = models.rows(
        "select sum(person_count), count(impact), count(*) from marts.agg_pain_points"
    )
    assert empty == [(0, 0, 32)]


# ---- impacts ----------------------------------------------------------------------------------


Pains = dict[str, set[tuple[str, date]]]
Facts = dict[str, list[tuple[str, date, int]]]
POINTS = {"promoter": 1, "detractor": -1, "passive": 0}


def lived(models: Models) -> tuple[Pains, Facts]:
    """A world in which who waited is unhappier, written down as it is told."""
    draw = random.Random(3)
    pains: Pains = defaultdict(set)
    facts: Facts = defaultdict(list)
    for number in range(250):
        person = f"p{number:03d}"
        life = Life(models, person)
        hurt = draw.random()
        if hurt < 0.3:
            life.order(is_late=True, promised_at=NOON - DAY, delivered_at=NOON, net_amount=20)
            pains[person].add(("wait", NOON.date()))
        elif hurt < 0.5:
            life.contact(reason="Returns")
            pains[person].add(("defect_or_return", NOON.date()))
        score = draw.choice([0, 3, 6, 7]) if hurt < 0.3 else draw.choice([7, 8, 9, 10, 10])
        bucket = "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"
        day = NOON.date() + timedelta(days=draw.choice([-1, 0, 18, 90, 91]))
        put(
            models, "marts.fct_responses", person_id=person, answer_id=f"n{person}",
            kind="nps", is_counted=True, nps_bucket=bucket, local_date=day, answered_at=NOON,
        )  # fmt: skip
        facts["nps"].append((person, day, POINTS[bucket]))
        for _ in range(draw.randrange(3)):
            day, bought = NOON.date() + timedelta(days=draw.randrange(-5, 15)), draw.random() < 0.4
            put(
                models, "marts.fct_sessions",
                person_id=person, local_date=day, is_converted=bought, is_bot=False,
            )  # fmt: skip
            facts["conversion_rate"].append((person, day, int(bought)))
        ended = NOON.date() if draw.random() < 0.2 else None
        put(models, "marts.fct_subscriptions", person_id=person, ended_date=ended)
        facts["churn"].append((person, ended or AS_OF, int(ended is not None)))
    return pains, facts


def impact(
    pains: Pains, facts: Facts, kpi: str, kind: str, replicate: int
) -> tuple[float, int, int] | None:
    """n_t (KPI_t - KPI) / (N - n_t), N and n_t, fact by fact."""
    scale = 100 if kpi == "nps" else 1
    n = total = touched_n = touched_total = 0
    for person, day, x in facts[kpi]:
        w = weight(person, replicate)
        n, total = n + w, total + w * x
        if any(k == kind and 0 <= (day - on).days <= 90 for k, on in pains[person]):
            touched_n, touched_total = touched_n + w, touched_total + w * x
    if not touched_n or n == touched_n:
        return None
    mean, part = scale * total / n, scale * touched_total / touched_n
    return touched_n * (part - mean) / (n - touched_n), n, touched_n


def test_impacts_equal_a_plain_recount_and_the_planted_cause_ranks_first(models: Models) -> None:
    pains, facts = lived(models)
    models.build()
    told = models.rows(
        "select kpi, kind, impact, fact_count, touched_count, high - impact, rank_stability,"
        " impact_rank, person_count, value_at_risk from marts.agg_pain_points"
        " where impact is not null"
    )
    assert {row[:2] for row in told} == {
        (kpi, kind) for kpi in facts for kind in ("wait", "defect_or_return")
    }
    for kpi, kind, got, n, touched, width, stability, rank, people, risk in told:
        expected = impact(pains, facts, kpi, kind, 0)
        assert expected and (n, touched) == expected[1:]
        assert got == pytest.approx(expected[0], abs=1e-8)
        drawn = [impact(pains, facts, kpi, kind, replicate) for replicate in range(1, 26)]
        values = [one[0] for one in drawn if one]
        assert width == pytest.approx(1.959964 * stdev(values), rel=1e-4)
        assert 0 <= stability <= 1 and rank in (1, 2)
        assert people == sum(any(k == kind for k, _ in mine) for mine in pains.values())
        assert risk == (20 * people if kind == "wait" else 0)
    (nps,) = (row for row in told if row[:2] == ("nps", "wait"))
    assert nps[2] < -10 and nps[7] == 1 and nps[6] == 1.0


def test_the_order_of_arrival_changes_nothing(models: Models) -> None:
    lived(models)
    models.build()
    before = models.rows("select * from marts.agg_pain_points order by kind, kpi")
    for table in TABLES:
        models.con.execute(f"create or replace table {table} as from {table} order by random()")
    models.build()
    assert models.rows("select * from marts.agg_pain_points order by kind, kpi") == before


# What one of each kind takes off a score, in order; each hurts as many persons.
GRADES = {
    "wait": 9, "poor_service": 8, "defect_or_return": 7, "technical_failure": 6,
    "repeated_contact": 5, "hard_interface": 4, "unclear_communication": 3, "inaccessible": 2,
}  # fmt: skip


def test_every_kind_ranks_where_it_was_planted(models: Models) -> None:
    rules = {kind: found for kind, found, _ in reversed(PLANTED.values())}
    for kind, grade in GRADES.items():
        for number in range(40):
            life = Life(models, f"{kind}-{number}")
            rules[kind](life)
            put(
                models, "marts.fct_responses", person_id=life.person, answer_id=f"n{life.person}",
                kind="nps", is_counted=True, local_date=NOON.date() + timedelta(days=9),
                nps_bucket="detractor" if number < 4 * grade else "promoter", answered_at=NOON,
            )  # fmt: skip
    models.build()
    told = models.rows(
        "select kind, person_count, touched_count, touched_value from marts.agg_pain_points"
        " where kpi = 'nps' order by impact_rank"
    )
    assert told == [(kind, 40, 40, 100 - 20.0 * grade) for kind, grade in GRADES.items()]


def test_the_demo_finds_its_late_deliveries(demo: Demo) -> None:
    """Planted: late parcels and long waits lower the scores (sample/voice.py)."""
    with demo.marts() as con:
        late = con.execute(
            "select count(*) from fct_orders where not is_void and person_id is not null and"
            " (is_late or (delivered_at is null and cast(promised_at as date) < cast(? as date)))",
            [DEMO_AS_OF],
        ).fetchone()
        told = con.execute(
            "select count(*) from fct_pain_points where rule = 'late_delivery'"
        ).fetchone()
        first = con.execute(
            "select kind, impact < -5, rank_stability > 0.8 from agg_pain_points"
            " where kpi = 'nps' and impact_rank = 1"
        ).fetchall()
    assert late == told and late and late[0] > 0
    assert first == [("wait", True, True)]
