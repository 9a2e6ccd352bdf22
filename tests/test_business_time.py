"""Business time against a walk through the days: zones, clock changes, holidays, versions, holes."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from business_time_oracle import DAY, Hours, business, deadline
from journey_world import AS_OF, Dbt, World, dbt_of_worlds

BUILT = "+fct_case_times +fct_sla_events"
ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Asia/Shanghai",
)
FIRST = datetime(2025, 3, 1)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("business_time")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def add_hours(world: World, hours: Hours) -> None:
    for row in hours.rows():
        world.add("schedules", **row)


def add_case(
    world: World,
    opened: datetime,
    solved: datetime | None,
    *schedules: tuple[str, datetime],
    priority: str = "any",
) -> str:
    """A case that is answered and solved at once, or not yet."""
    case = world.contact("ann", opened, "ticket", priority=priority)
    world.add(
        "contact_events", contact_id=case, occurred_at=opened, kind="created", actor="customer"
    )
    for name, since in schedules:
        world.add("contact_schedules", contact_id=case, schedule_id=name, applied_at=since)
    if solved:
        for kind in ("reply_public", "solved"):
            world.add(
                "contact_events", contact_id=case, occurred_at=solved, kind=kind, actor="agent"
            )
    return f"shop/{case}"


def promise(world: World, case: str, minutes: int, metric: str = "first_reply_time") -> None:
    policy = f"{case}/{metric}"
    world.add(
        "sla_policies", policy=policy, metric=metric, target_minutes=minutes, clock="business"
    )
    world.add("sla_targets", contact_id=case.removeprefix("shop/"), policy=policy, applied_at=FIRST)


def times(world: World, columns: str, measure: str = "full_resolution") -> dict[str, Any]:
    rows = world.query(
        f"select contact_id, {columns} from marts.fct_case_times where measure = '{measure}'"
    )
    return {case: told[0] if len(told) == 1 else told for case, *told in rows}


def random_hours(draw: random.Random, name: str) -> Hours:
    """Hours of each kind: nights, gaps, overlaps, round the clock, another version from a day on."""
    hours = Hours(name, draw.choice(ZONES))
    change = FIRST + timedelta(days=draw.randrange(30, 400), seconds=draw.randrange(86_400))
    versions = [(None, None)] if draw.random() < 0.5 else [(None, change), (change, None)]
    for since, until in versions:
        for weekday in range(1, 8):
            for _ in range(draw.choice([0, 1, 1, 1, 2])):
                opens = draw.choice([0, 1800, 5400, 9000, 32_400, draw.randrange(86_000)])
                closes = draw.choice(
                    [86_400, min(opens + 28_800, 86_400), draw.randrange(opens + 1, 86_401)]
                )
                hours.weekly.append((weekday, opens, closes, since, until))
        hours.weekly.append((3, 36_000, 50_000, since, until))
    for _ in range(draw.randrange(12)):
        day = FIRST.date() + timedelta(days=draw.randrange(450))
        hours.exceptions[day] = draw.choice([[], [(36_000, 50_000)]])
    return hours


def test_any_span_on_any_hours_is_what_a_walk_through_the_days_gives(world: World) -> None:
    draw = random.Random(3)
    all_hours = [random_hours(draw, f"s{number}") for number in range(25)]
    for hours in all_hours:
        add_hours(world, hours)
    wanted, broken = {}, {}
    for _ in range(400):
        opened = FIRST + timedelta(seconds=draw.randrange(430 * 86_400))
        lasts = draw.choice([0, 600, 40_000, 400_000, 9_000_000])
        solved = min(
            opened + timedelta(seconds=draw.randrange(lasts + 1)), AS_OF - timedelta(seconds=1)
        )
        first, second = draw.choice(all_hours), draw.choice(all_hours)
        change = opened + timedelta(seconds=draw.randrange(lasts + 1))
        told = [(first.name, opened)]
        parts = [(first, opened, solved)]
        if draw.random() < 0.3 and opened < change:
            told.append((second.name, change))
            parts = [(first, opened, min(change, solved)), (second, min(change, solved), solved)]
        case = add_case(world, opened, solved, *told)
        wanted[case] = business(parts)[0]
        if len(told) == 1:
            minutes = draw.choice([1, 60, 480, 5000])
            promise(world, case, minutes)
            broken[case] = (minutes * 60, wanted[case], deadline(first, opened, minutes * 60))
    world.build("run", BUILT)
    assert times(world, "business_seconds") == wanted
    told = {
        case: (target, float(elapsed), breach)
        for case, target, elapsed, breach in world.query(
            """select contact_id, target_seconds, elapsed_seconds, breach_at from marts.fct_sla_events
            where metric = 'first_reply_time' and elapsed_seconds > 0"""
        )
    }
    assert told == {case: one for case, one in broken.items() if one[1] > 0}
    states = world.query(
        """select count(*) filter ((elapsed_seconds > target_seconds) <> (state = 'breached')), count(distinct state)
        from marts.fct_sla_events where metric = 'first_reply_time'"""
    )
    assert states == [(0, 2)]


def test_days_of_twenty_three_and_twenty_five_hours(world: World) -> None:
    add_hours(
        world,
        Hours("all", "America/New_York", [(day, 0, 86_400, None, None) for day in range(1, 8)]),
    )
    add_hours(world, Hours("sundays", "America/New_York", [(7, 0, 86_400, None, None)]))
    spring, autumn = datetime(2026, 3, 8), datetime(2025, 11, 2)
    told = [add_case(world, day - DAY, day + 3 * DAY, ("sundays", day)) for day in (spring, autumn)]
    always = add_case(world, autumn, spring + DAY / 2, ("all", autumn))
    world.build("run", BUILT)
    found = times(world, "business_seconds, interval_count, calendar_seconds")
    assert [found[case][0] / 3600 for case in told] == [23, 25]
    assert found[always][0] == found[always][2]
    assert found[always][1] == 1  # nothing but one stretch


def test_where_hours_are_not_known_there_is_no_time_but_a_reason(world: World) -> None:
    opened = datetime(2026, 3, 2, 8)
    monday, later = datetime(2026, 3, 2), datetime(2026, 3, 9)
    week = [(day, 32_400, 61_200, None, None) for day in range(1, 6)]
    add_hours(world, Hours("sound", "Europe/Berlin", week))
    add_hours(world, Hours("mars", "Mars/Olympus_Mons", week))
    add_hours(
        world,
        Hours("torn", "UTC", [(1, 0, 86_400, None, monday + DAY), (1, 0, 86_400, later, None)]),
    )
    add_hours(world, Hours("absurd", "UTC", [(1, 50_000, 40_000, None, None), *week]))
    add_hours(world, Hours("closed", "UTC", [], {date(2026, 3, 2): []}))
    cases = {
        name: add_case(world, opened, opened + 3 * DAY, (name, opened))
        for name in ("sound", "mars", "torn", "absurd", "closed", "nowhere")
    }
    cases["none"] = add_case(world, opened, opened + 3 * DAY)
    before = add_case(world, opened, opened - DAY, ("sound", opened))
    cases["ancient"] = add_case(world, datetime(1999, 3, 2), opened, ("sound", opened))
    cases["within"] = add_case(world, opened, opened + DAY / 4, ("torn", opened))
    promise(world, cases["torn"], 60)
    world.build("run", BUILT)
    found = times(world, "business_seconds, no_business_reason")
    day = 8 * 3600
    assert {name: tuple(found[case]) for name, case in cases.items()} == {
        "sound": (3 * day, None),
        "mars": (None, "unknown_schedule"),
        "torn": (None, "schedule_hole"),
        "absurd": (2 * day + 8 * 3600, None),
        "closed": (None, "schedule_hole"),
        "nowhere": (None, "unknown_schedule"),
        "none": (None, "no_schedule"),
        "ancient": (None, "beyond_calendar"),
        "within": (6 * 3600, None),
    }
    reversed_ = times(world, "state, calendar_seconds, no_business_reason", "first_resolution")[
        before
    ]
    assert reversed_ == ["done", None, "end_before_start"]
    excluded = world.query(
        "select state, excluded_reason, elapsed_seconds, breach_at from marts.fct_sla_events"
    )
    assert excluded == [("excluded", "schedule_hole", None, None)]


def test_the_only_schedule_counts_where_none_is_named(world: World) -> None:
    add_hours(world, Hours("only", "UTC", [(1, 32_400, 36_000, None, None)]))
    case = add_case(world, datetime(2026, 3, 2), datetime(2026, 3, 3))
    world.build("run", BUILT)
    assert times(world, "business_seconds, interval_count") == {case: [3600, 1]}


def test_a_clock_of_waiting_rests_while_the_case_waits_for_its_customer(world: World) -> None:
    add_hours(world, Hours("days", "UTC", [(day, 0, 86_400, None, None) for day in range(1, 8)]))
    start = datetime(2026, 3, 2)
    case = add_case(world, start, None)
    raw = case.removeprefix("shop/")
    for hours, state in (
        (2, "open"),
        (3, "pending"),
        (10, "open"),
        (11, "on-hold"),
        (20, "open"),
        (22, "pending"),
    ):
        world.add("contact_events", contact_id=raw, occurred_at=start + timedelta(hours=hours), kind="status",
                  to_value=state, actor="agent")  # fmt: skip
    for metric, minutes in (("requester_wait_time", 1000), ("agent_work_time", 400)):
        promise(world, case, minutes, metric)
    other = add_case(world, start, None)
    promise(world, other, 120, "agent_work_time")
    world.build("run", BUILT)
    rows = world.query(
        """select contact_id, metric, state, elapsed_seconds / 3600, breach_at from marts.fct_sla_events
        order by contact_id, metric"""
    )
    assert [(*row[:3], float(row[3]), row[4]) for row in rows] == [
        # New and open: 0-3, 10-11, 20-22; on hold besides: 11-20. It waits for its customer since.
        (case, "agent_work_time", "paused", 6.0, None),
        (case, "requester_wait_time", "paused", 15.0, None),
        (
            other,
            "agent_work_time",
            "breached",
            (AS_OF - start).total_seconds() / 3600,
            start + timedelta(hours=2),
        ),
    ]
    assert times(world, "state, business_seconds", "customer_wait") == {
        case: ["pending", int(7 * 3600 + (AS_OF - start - timedelta(hours=22)).total_seconds())]
    }


def test_each_reply_of_a_customer_is_a_promise_of_its_own(world: World) -> None:
    add_hours(world, Hours("days", "UTC", [(day, 0, 86_400, None, None) for day in range(1, 8)]))
    start = datetime(2026, 3, 2)
    case = add_case(world, start, None)
    raw = case.removeprefix("shop/")
    said = [
        (1, "customer"),
        (2, "agent"),
        (3, "customer"),
        (4, "customer"),
        (6, "agent"),
        (7, "customer"),
    ]
    for hours, actor in said:
        world.add("contact_events", contact_id=raw, occurred_at=start + timedelta(hours=hours), kind="reply_public",
                  actor=actor)  # fmt: skip
    world.add(
        "contact_events",
        contact_id=raw,
        occurred_at=start + timedelta(hours=9),
        kind="solved",
        actor="agent",
    )
    for metric in ("next_reply_time", "periodic_update_time"):
        promise(world, case, 150, metric)
    world.build("run", f"{BUILT} +fct_kpi_daily")
    rows = world.query(
        """select metric, date_diff('hour', timestamp '2026-03-02', started_at), cast(elapsed_seconds as bigint) // 3600,
            state from marts.fct_sla_events order by all"""
    )
    assert rows == [
        ("next_reply_time", 3, 3, "breached"),
        ("next_reply_time", 7, 2, "met"),
        ("periodic_update_time", 2, 4, "breached"),
        ("periodic_update_time", 6, 3, "breached"),
    ]
    kept = world.query(
        "select cast(numerator as integer), cast(denominator as integer) from marts.fct_kpi_daily"
        " where kpi_id = 'updates_in_promise_rate' and dimension = 'all'"
    )
    assert kept == [(1, 4)]


def test_steps_of_cases_tell_business_time(world: World) -> None:
    add_hours(
        world, Hours("mondays", "UTC", [(1, 32_400, 61_200, None, None)], {date(2026, 3, 9): []})
    )
    add_case(world, datetime(2026, 3, 2, 10), datetime(2026, 3, 17))
    add_case(world, datetime(2026, 3, 3), datetime(2026, 3, 4), ("unknown", datetime(2026, 3, 3)))
    world.build("run", "+agg_process_step")
    rows = world.query(
        "select state, total_seconds, business_seconds, no_business_count from marts.agg_process_step order by state"
    )
    # Of three Mondays the first from ten on, the second was a holiday, the third whole.
    assert rows == [("new", (14 * 24 + 14 + 24) * 3600, 15 * 3600, 1), ("solved", 0, 0, 1)]


def test_rows_in_another_order_give_the_same_answers(world: World) -> None:
    draw = random.Random(5)
    hours = [random_hours(draw, f"s{number}") for number in range(3)]
    for one in hours:
        add_hours(world, one)
    for number in range(20):
        opened = FIRST + timedelta(days=20 * number)
        changes = [(one.name, opened + timedelta(hours=at)) for at, one in enumerate(hours)]
        promise(world, add_case(world, opened, opened + DAY, *changes), 300)
    content = "select * from marts.fct_sla_events order by all"
    world.build("run", BUILT)
    first = world.query(content)
    for rows in world.rows.values():
        draw.shuffle(rows)
    world.build("run", BUILT)
    assert world.query(content) == first
    assert len(first) == 20
