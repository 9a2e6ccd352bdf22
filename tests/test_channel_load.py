"""How busy queues are against who is there, half hour by half hour: against a walk through the seconds."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from journey_world import Dbt, World, dbt_of_worlds

BUILT = "+agg_channel_load"
NINE = datetime(2026, 5, 4, 9)
HALF = timedelta(minutes=30)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("channel_load")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def call(world: World, at: datetime, talk: float | None, queue: str = "billing") -> None:
    """A call that waits for a minute, and is answered unless it never talks."""
    outcome = "abandoned" if talk is None else "answered"
    end = at + minutes(1 + (talk or 0))
    contact = world.contact("ann", at, queue=queue, outcome=outcome, closed_at=end)
    spans = [("queue", at, at + minutes(1))]
    spans += [("talk", at + minutes(1), end)] if talk else []
    for kind, start, ended in spans:
        world.add(
            "contact_segments", contact_id=contact, kind=kind, started_at=start, ended_at=ended
        )


def there(
    world: World,
    agent: str,
    start: datetime,
    end: datetime,
    queue: str | None = "billing",
    **told: Any,
) -> None:
    told = {"state": "available", **told}
    world.add("staffing", agent_token=agent, queue=queue, started_at=start, ended_at=end, **told)


def load(world: World, columns: str, queue: str = "billing") -> dict[datetime, tuple[Any, ...]]:
    rows = world.query(
        f"select started_at, {columns} from marts.agg_channel_load where dimension_value = '{queue}' order by 1"
    )
    return {at: tuple(told) for at, *told in rows}


def test_work_is_cut_at_half_hours_and_set_against_who_is_there(world: World) -> None:
    call(world, NINE + minutes(9), 40)  # talks from 9:10 to 9:50
    call(world, NINE + minutes(14), 5)
    call(world, NINE + minutes(40), None)
    there(world, "one", NINE, NINE + 2 * HALF)
    there(world, "one", NINE + minutes(20), NINE + minutes(40), state="busy")  # told twice
    there(world, "two", NINE + HALF, NINE + 2 * HALF, state="break")
    there(world, "", NINE, NINE + minutes(15), state="planned", planned_agents=4)
    there(world, "three", NINE, NINE + HALF, queue="returns")
    there(world, "one", NINE, NINE + HALF, queue="returns")
    world.build("run", BUILT)
    columns = "offered, answered, abandoned, work_seconds, staffed_seconds, planned_agents"
    assert load(world, columns) == {
        NINE: (2, 2, 0, 25 * 60, 1800, 2.0),
        NINE + HALF: (1, 0, 1, 20 * 60, 1800, 0.0),
    }
    # 45 minutes were asked of one agent in the first half hour; the mean of both in the second
    assert load(world, "demand_seconds, is_over_capacity, half_hour") == {
        NINE: (45 * 60, True, 18),
        NINE + HALF: (45 * 30, False, 19),
    }
    assert load(world, "staffed_seconds, offered", "returns") == {NINE: (3600, 0)}
    # an agent in two queues is one of all
    assert load(world, "staffed_seconds, work_seconds", "all")[NINE] == (3600, 25 * 60)
    assert load(world, "occupancy")[NINE] == (pytest.approx(25 / 30),)


def test_without_staffing_nobody_knows_the_capacity(world: World) -> None:
    call(world, NINE, 10)
    call(world, NINE + timedelta(days=1), 10, queue="returns")
    there(world, "one", NINE, NINE + HALF, queue=None)
    there(world, "two", NINE - timedelta(days=3), NINE)  # a slip of the switch: no shift
    world.build("run", BUILT)
    columns = "work_seconds, staffed_seconds, planned_agents, occupancy, is_over_capacity"
    assert load(world, columns) == {NINE: (600, None, None, None, None)}
    assert load(world, "staffed_seconds", "all") == {
        NINE: (1800,),
        NINE + timedelta(days=1): (None,),
    }


def test_as_a_walk_through_all_stretches(world: World) -> None:
    chance = random.Random(5)
    end = NINE + timedelta(days=2)
    work, shifts = Counter[tuple[str, datetime]](), Counter[tuple[str, datetime]]()

    def add(
        counted: Counter[tuple[str, datetime]], queue: str, start: datetime, until: datetime
    ) -> None:
        while start < until:
            half = start.replace(minute=start.minute // 30 * 30, second=0)
            then = min(until, half + HALF)
            counted[queue, half] += int((then - start).total_seconds())
            start = then

    for _ in range(150):
        queue = chance.choice(("billing", "returns"))
        start = NINE + timedelta(seconds=chance.randrange(170_000))
        talk = chance.randrange(1, 90)
        call(world, start, talk, queue)
        add(work, queue, start + minutes(1), start + minutes(1 + talk))
    for number in range(40):
        queue = chance.choice(("billing", "returns"))
        start = NINE + timedelta(seconds=chance.randrange(170_000))
        until = min(end, start + timedelta(seconds=chance.randrange(60, 30_000)))
        there(world, f"agent-{number}", start, until, queue)
        add(shifts, queue, start, until)
    world.build("run", BUILT)
    found = world.query(
        """select dimension_value, started_at, work_seconds, coalesce(staffed_seconds, 0)
        from marts.agg_channel_load where dimension = 'queue'"""
    )
    assert {(q, at): (w, s) for q, at, w, s in found if w or s} == {
        place: (work[place], shifts[place]) for place in work.keys() | shifts.keys()
    }
    whole = load(world, "work_seconds", "all")
    assert sum(seconds for (seconds,) in whole.values()) == sum(work.values())
