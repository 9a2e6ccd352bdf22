"""Follow-ups: every cause and its deed, due in business time, and who recovered beside comparable persons."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from business_time_oracle import Hours, deadline
from journey_world import AS_OF, Dbt, World, dbt_of_worlds
from recovery_truth import interval

BUILT = "+agg_followups"
DAY = timedelta(days=1)
START = datetime(2026, 5, 4, 9)  # a Monday
NPS = {"kind": "nps", "scale_min": 0, "scale_max": 10}
CSAT = {"kind": "csat", "scale_min": 1, "scale_max": 5}


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("followups")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    world = World(dbt, dbt.folder / "warehouse.duckdb")
    world.add("surveys", survey_id="s", item_id="nps", **NPS)
    world.add("surveys", survey_id="s", item_id="csat", **CSAT)
    world.add("surveys", survey_id="s", item_id="ease", aspect="ease", **CSAT)
    return world


def answer(
    world: World, person: str | None, at: datetime, score: int, item: str = "nps", **values: Any
) -> str:
    """An answer of a wave of its own; the id of the follow-up that it may cause."""
    number = len(world.rows["responses"])
    told = {"survey_id": "s", "item_id": item, "wave": f"w{number}", "response_id": f"r{number}"}
    told |= {"person_token": person, "answered_at": at, "score": score}
    return "response/shop/" + world.add("responses", **told | values)


def case_with_promise(world: World, person: str, opened: datetime, minutes: int) -> str:
    case = world.contact(person, opened, "ticket")
    world.add(
        "contact_events", contact_id=case, occurred_at=opened, kind="created", actor="customer"
    )
    policy = f"{case}/p"
    world.add(
        "sla_policies",
        policy=policy, metric="first_reply_time", target_minutes=minutes, clock="calendar",
    )  # fmt: skip
    world.add("sla_targets", contact_id=case, policy=policy, applied_at=opened)
    return case


def followups(world: World, columns: str) -> dict[str, Any]:
    rows = world.query(f"select followup_id, {columns} from marts.fct_followups")
    return {one: told[0] if len(told) == 1 else tuple(told) for one, *told in rows}


def test_causes_deeds_and_states(world: World) -> None:
    open_ = answer(world, "ann", AS_OF - DAY, 3)
    overdue = answer(world, "bob", START, 6)
    nobody = answer(world, None, START, 0)
    answer(world, "cid", START, 7)
    in_time = answer(world, "dan", START, 2, "csat")
    answer(world, "eve", START, 3, "csat")
    world.contact(
        "dan", START + DAY, direction="outbound", agent_token="agent-1", outcome="answered"
    )
    world.contact("dan", START + 2 * DAY, direction="outbound", agent_token="agent-2")
    late = answer(world, "fay", START, 1)
    response = world.rows["responses"][-1]["response_id"]
    task = {"owner_token": "owner-1", "created_at": START}
    world.add("tasks", response_id=response, due_at=START + DAY, done_at=START + 2 * DAY, **task)
    started = answer(world, "gus", AS_OF - DAY, 1)
    world.add("tasks", person_token="gus", created_at=AS_OF - timedelta(hours=2), owner_token="o-2")
    not_yet = answer(world, "hal", AS_OF - DAY, 1)
    world.add(
        "tasks", person_token="hal", created_at=AS_OF - timedelta(hours=2), done_at=AS_OF + DAY
    )
    before = answer(world, "ida", START, 1)
    world.contact("ida", START - DAY, direction="outbound")
    world.contact("ida", START + DAY, direction="inbound")
    world.build("run", BUILT)
    told = followups(world, "state, done_by, owner_token, due_basis, outcome")
    assert told == {
        open_: ("open", None, None, "calendar", None),
        overdue: ("overdue", None, None, "calendar", None),
        nobody: ("not_possible", None, None, "calendar", None),
        in_time: ("done_in_time", "contact", "agent-1", "calendar", "answered"),
        late: ("done_late", "task", "owner-1", "task", None),
        started: ("started", "task", "o-2", "calendar", None),
        not_yet: ("started", "task", None, "calendar", None),
        before: ("overdue", None, None, "calendar", None),
    }
    due = followups(world, "due_at - raised_at")
    assert due[late] == DAY
    assert due[overdue] == 2 * DAY
    world.build("run", BUILT, AS_OF + 2 * DAY)
    later = followups(world, "state")
    assert later[open_] == "overdue"
    assert later[not_yet] == "done_in_time"


def test_the_rates_of_the_catalogue(world: World) -> None:
    for number, days in enumerate([1, 1, 3, None]):
        answer(world, f"p{number}", START, 2)
        if days:
            world.contact(f"p{number}", START + days * DAY, direction="outbound")
    answer(world, None, START, 2)
    answer(world, "young", AS_OF - DAY, 2)
    answer(world, "p0", START + 2 * DAY, 8)
    answer(world, "p2", START + 2 * DAY, 8)
    world.build("run", "+fct_kpi_daily +fct_kpi_excluded")
    kpis = "kpi_id in ('closed_loop_rate', 'recovery_rate') and dimension = 'all'"
    assert world.query(
        "select kpi_id, sum(numerator), sum(denominator), sum(excluded), max(value)"
        f" from marts.fct_kpi_daily where {kpis} group by kpi_id order by kpi_id"
    ) == [("closed_loop_rate", 2, 4, 2, 0.5), ("recovery_rate", 1, 1, 2, 1)]
    assert world.query(
        f"select kpi_id, reason, sum(n) from marts.fct_kpi_excluded where {kpis} group by all order by all"
    ) == [
        ("closed_loop_rate", "not_possible", 1),
        ("closed_loop_rate", "pending", 1),
        ("recovery_rate", "answered_before", 1),
        ("recovery_rate", "no_resurvey", 1),
    ]


def test_a_broken_promise_is_a_cause_and_the_promise_of_a_queue_is_none(world: World) -> None:
    broken = case_with_promise(world, "ann", START, 60)
    case_with_promise(world, "bob", AS_OF - timedelta(minutes=30), 60)
    waited = world.contact("cid", START, outcome="answered")
    for kind, begin, end in (("queue", 0, 300), ("talk", 300, 400)):
        at = [START + timedelta(seconds=second) for second in (begin, end)]
        world.add(
            "contact_segments", contact_id=waited, kind=kind, started_at=at[0], ended_at=at[1]
        )
    world.contact("ann", START + timedelta(hours=3), direction="outbound", agent_token="agent")
    world.build("run", BUILT)
    breached = world.query("select metric from marts.fct_sla_events where state = 'breached'")
    assert sorted(breached) == [("first_reply_time",), ("queue_wait",)]
    columns = "cause, kind, contact_id, score, raised_at, state, owner_token, local_date"
    (told,) = followups(world, columns).values()
    at = START + timedelta(hours=1)
    assert told == (
        "promise", "first_reply_time", f"shop/{broken}", None, at, "done_in_time", "agent", at.date(),
    )  # fmt: skip


def test_due_in_the_hours_that_the_contact_follows(world: World) -> None:
    draw = random.Random(4)
    day, night = Hours("day", "Europe/Berlin"), Hours("night", "America/New_York")
    for weekday in range(1, 6):
        day.weekly.append((weekday, 32_400, 61_200, None, None))
        night.weekly.append((weekday, 64_800, 86_400, None, None))
    day.exceptions[datetime(2026, 5, 14).date()] = []
    for hours in (day, night):
        for row in hours.rows():
            world.add("schedules", **row)
    wanted = {}
    for number in range(40):
        at = START - 60 * DAY + timedelta(seconds=draw.randrange(70 * 86_400))
        hours = draw.choice([day, night])
        contact = world.contact(f"p{number}", at - DAY)
        world.add(
            "contact_schedules", contact_id=contact, schedule_id=hours.name, applied_at=at - DAY
        )
        one = answer(world, f"p{number}", at, 2, contact_id=contact)
        wanted[one] = ("business", deadline(hours, at, 16 * 3600))
    about_none = answer(world, "zoe", START, 2)
    wanted[about_none] = ("calendar", START + 2 * DAY)  # two schedules, and none is named
    world.build("run", BUILT)
    assert followups(world, "due_basis, due_at") == wanted


def test_the_only_hours_there_are_count_for_answers_about_no_contact(world: World) -> None:
    hours = Hours("day", "UTC")
    hours.weekly = [(weekday, 32_400, 61_200, None, None) for weekday in range(1, 6)]
    for row in hours.rows():
        world.add("schedules", **row)
    world.contact("ann", START - 9 * DAY)
    one = answer(world, "ann", START + 4 * DAY + timedelta(hours=1), 2)  # Friday, 10:00
    world.build("run", BUILT)
    assert followups(world, "due_basis, due_at") == {
        one: ("business", START + 8 * DAY + timedelta(hours=1))  # Tuesday, 10:00
    }


def test_the_next_answer_to_the_same_thing(world: World) -> None:
    bad = answer(world, "ann", START, 3)
    answer(world, "ann", START + DAY, 5, "csat")
    answer(world, "bob", START + DAY, 9)
    worse = answer(world, "ann", START + 2 * DAY, 6)
    answer(world, "ann", START + 3 * DAY, 7)
    ease = answer(world, "cid", START, 1, "ease")
    answer(world, "cid", START, 5, "csat")
    answer(world, "cid", START + DAY, 5, "csat")
    case_with_promise(world, "dan", START, 60)
    answer(world, "dan", START + 3 * DAY, 4, "csat")
    answer(world, "dan", START + 4 * DAY, 2)
    answer(world, None, START, 1)
    world.build("run", BUILT)
    told = followups(world, "resurvey_score, is_recovered, resurveyed_at")
    assert told[bad] == (6, False, START + 2 * DAY)
    assert told[worse] == (7, True, START + 3 * DAY)
    assert told[ease] == (None, None, None)
    (promise,) = [one for key, one in told.items() if key.startswith("promise/")]
    assert promise == (4, True, START + 3 * DAY)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    draw = np.random.default_rng(1)
    held = []
    for _ in range(1500):
        n1, n0 = draw.poisson(8, 6) + 1, draw.poisson(12, 6) + 1
        others = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
        x1, x0 = draw.binomial(n1, others + 0.2), draw.binomial(n0, others)
        _, low, high = interval(
            list(zip(x1.tolist(), n1.tolist(), x0.tolist(), n0.tolist(), strict=True))
        )
        held.append(low <= 0.2 <= high)
    assert 0.94 < np.mean(held) < 0.97


def test_recovery_beside_comparable_persons(world: World) -> None:
    """Whoever is unhappier is called more often and recovers less: only within a score calling helps."""
    draw = random.Random(8)
    strata: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    silent = 0
    for number in range(400):
        person, score = f"p{number}", draw.choice([0, 3, 6])
        answer(world, person, START, score)
        is_called = draw.random() < {0: 0.8, 3: 0.5, 6: 0.1}[score]
        came_late = draw.random() < 0.1
        if is_called:
            called = START + (9 if came_late else 1) * DAY
            world.contact(person, called, direction="outbound")
        if draw.random() < 0.2:
            silent += 1
            continue
        counts = is_called and not came_late
        recovers = draw.random() < {0: 0.1, 3: 0.3, 6: 0.6}[score] + 0.25 * counts
        answer(world, person, START + 5 * DAY, 9 if recovers else score)
        place = 0 if counts else 2
        strata[score][place] += recovers
        strata[score][place + 1] += 1
        silent += not recovers  # the new bad answer is a cause, too
    answer(world, "only", START, 5)
    answer(world, "only", START + DAY, 9)
    answer(world, None, START, 5)
    answer(world, "only", START + 2 * DAY, 5)  # unhappy again, and says so a third time
    answer(world, "only", START + 3 * DAY, 10)
    world.build("run", BUILT)
    told = dict(
        zip(
            names := (
                "difference", "low", "high", "followed_rate", "others_rate",
                "no_resurvey_count", "unknown_person_count", "later_of_person_count", "unmatched_count",
                "followed_count", "followed_recovered_count", "others_count", "others_recovered_count",
            ),
            world.query(f"select {', '.join(names)} from marts.agg_followups where kind = 'nps'")[0],
            strict=True,
        )
    )  # fmt: skip
    kept = [tuple(one) for one in strata.values()]
    difference, low, high = interval(kept)  # type: ignore[arg-type]
    assert [told[one] for one in ("difference", "low", "high")] == pytest.approx(
        [difference, low, high], abs=1e-7
    )
    assert told["followed_rate"] - told["others_rate"] == pytest.approx(difference, abs=1e-7)
    assert [told[one] for one in names[5:]] == [
        silent, 1, 1, 1,
        sum(one[1] for one in kept), sum(one[0] for one in kept),
        sum(one[3] for one in kept), sum(one[2] for one in kept),
    ]  # fmt: skip
    crude = told[names[10]] / told[names[9]] - told[names[12]] / told[names[11]]
    assert low < 0.25 < high
    assert crude < low < difference


def test_few_persons_have_no_interval_and_half_done_has_a_median(world: World) -> None:
    for number, days in enumerate([1, 2, 3, None, None]):
        answer(world, f"p{number}", START, 2)
        if days:
            world.contact(f"p{number}", START + days * DAY, direction="outbound")
    answer(world, None, START, 2)
    answer(world, "p0", START + 9 * DAY, 10)
    answer(world, "p3", START + 9 * DAY, 2)
    world.build("run", BUILT)
    (told,) = world.query(
        """select median_seconds, followed_rate, others_rate, difference, low, high, followup_count
        from marts.agg_followups"""
    )
    assert told == (3 * 86_400, 1, 0, 1, None, None, 7)
