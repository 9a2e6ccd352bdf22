"""Whether channels could be reached when they should: hours, outages and attempts of a small world of rows."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from journey_world import AS_OF, Dbt, World, dbt_of_worlds

BUILT = "+agg_channel_access"
HOUR = 3600
ZONE = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 5, 4)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("channel_access")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def hours(world: World, days: range, opens: int, closes: int) -> None:
    for weekday in days:
        world.add(
            "schedules", schedule_id="desk", zone=ZONE.key, weekday=weekday,
            opens=opens * HOUR, closes=closes * HOUR,
        )  # fmt: skip


def access(world: World, columns: str, channel: str = "call") -> dict[date, tuple[Any, ...]]:
    rows = world.query(
        f"select date, {columns} from marts.agg_channel_access where channel = '{channel}' order by date"
    )
    return {day: tuple(told) for day, *told in rows}


def test_hours_outages_and_attempts(world: World) -> None:
    """Monday to Friday, 8 to 18 o'clock in Berlin, which is 6 to 16 in UTC."""
    hours(world, range(1, 6), 8, 18)
    world.add("schedules", schedule_id="desk", zone=ZONE.key, holiday_date=date(2026, 5, 6))
    for day, hour in ((0, 6), (0, 15), (0, 16), (1, 5), (1, 9), (1, 10), (2, 9), (5, 9)):
        world.contact("ann", MONDAY + timedelta(days=day, hours=hour))
    world.contact("bob", MONDAY + timedelta(hours=7), outcome="busy")
    world.contact("bob", MONDAY + timedelta(hours=7), direction="outbound")
    world.contact("bob", MONDAY + timedelta(hours=7), is_test=True)
    tuesday = MONDAY + timedelta(days=1)
    for start, end in ((8, 10), (9, 10), (15, 20)):  # two overlap, one goes on after closing time
        world.add(
            "outages", channel="call",
            started_at=tuesday + timedelta(hours=start), ended_at=tuesday + timedelta(hours=end),
        )  # fmt: skip
    world.add("outages", channel="chat", started_at=MONDAY, ended_at=tuesday)
    world.add("outages", channel="call", started_at=AS_OF - timedelta(hours=20), ended_at=None)
    world.build("run", BUILT)
    parts = "attempts, in_hours, out_of_hours, in_outage, hours_unknown, blocked"
    told = access(world, parts)
    assert told[date(2026, 5, 4)] == (4, 3, 1, 0, 0, 1)
    assert told[date(2026, 5, 5)] == (3, 1, 1, 1, 0, 0)
    assert told[date(2026, 5, 6)] == (1, 0, 1, 0, 0, 0)  # a holiday
    assert told[date(2026, 5, 9)] == (1, 0, 1, 0, 0, 0)  # a Saturday
    times = access(world, "scheduled_seconds, outage_seconds, open_seconds, access_share")
    assert times[date(2026, 5, 4)] == (10 * HOUR, 0, 10 * HOUR, 1)
    assert times[date(2026, 5, 5)] == (10 * HOUR, 3 * HOUR, 7 * HOUR, 0.7)
    assert times[date(2026, 5, 8)] == (10 * HOUR, 0, 10 * HOUR, 1)  # nobody tried
    assert date(2026, 5, 10) not in times
    # what lasts, lasts until now: a Sunday, when the desk is closed
    assert max(times) == date(2026, 5, 29)


def test_without_a_schedule_nobody_knows_the_hours(world: World) -> None:
    world.contact("ann", MONDAY)
    world.contact("bob", MONDAY + timedelta(hours=3))
    world.add("outages", channel="call", started_at=MONDAY + timedelta(hours=2), ended_at=None)
    world.build("run", BUILT)
    columns = "schedule_id, scheduled_seconds, access_share, attempts, in_outage, hours_unknown"
    assert access(world, columns) == {MONDAY.date(): ("none", 0, None, 2, 1, 1)}


def test_as_a_walk_through_minutes_over_the_change_of_clocks(world: World) -> None:
    """Round the clock but for a night hour, over the day of 23 hours, in another zone than the report's."""
    hours(world, range(1, 8), 0, 2)
    hours(world, range(1, 8), 3, 24)
    chance = random.Random(3)
    start = datetime(2026, 3, 27)
    tries = sorted(start + timedelta(minutes=chance.randrange(6 * 1440)) for _ in range(200))
    for at in tries:
        world.contact("ann", at)
    outages = []
    for _ in range(12):
        begun = start + timedelta(minutes=chance.randrange(6 * 1440))
        outages.append((begun, begun + timedelta(minutes=chance.randrange(1, 900))))
        world.add("outages", channel="call", started_at=outages[-1][0], ended_at=outages[-1][1])

    def is_out(at: datetime) -> bool:
        return any(begun <= at < ended for begun, ended in outages)

    def is_open(at: datetime) -> bool:
        return at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZONE).hour != 2

    world.build("run", BUILT)
    found = access(world, "scheduled_seconds, outage_seconds, in_hours, out_of_hours, in_outage")
    for day in range(7):
        midnight = start + timedelta(days=day)
        minutes = [midnight + timedelta(minutes=minute) for minute in range(1440)]
        mine = [at for at in tries if at.date() == midnight.date()]
        assert found[midnight.date()] == (
            60 * sum(map(is_open, minutes)),
            60 * sum(is_open(at) and is_out(at) for at in minutes),
            sum(is_open(at) and not is_out(at) for at in mine),
            sum(not is_open(at) for at in mine),
            sum(is_open(at) and is_out(at) for at in mine),
        ), midnight
