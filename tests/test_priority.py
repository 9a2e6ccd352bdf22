"""Priority inversion: urgent cases that had their answer after a normal one that came later, against a walk through all."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from journey_world import AS_OF, Dbt, World, dbt_of_worlds

BUILT = "+fct_case_times +fct_kpi_daily +fct_kpi_excluded"
START = datetime(2026, 5, 1, 9)
RANKS = {"Urgent": 1, "P1": 1, "high": 2, "normal": 3, "4": 4, "low": 4, "soon": None, None: None}
OVERTAKEN = (
    "select contact_id, is_overtaken from marts.fct_case_times where measure = 'first_response'"
)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("priority")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def case(
    world: World, minute: int, priority: str | None, replied: int | None, team: str | None = "desk"
) -> str:
    at = START + timedelta(minutes=minute)
    contact = world.contact("ann", at, "ticket", priority=priority, team=team)
    world.add(
        "contact_events", contact_id=contact, occurred_at=at, kind="created", actor="customer"
    )
    if replied is not None:
        world.add(
            "contact_events",
            contact_id=contact,
            occurred_at=START + timedelta(minutes=replied),
            kind="reply_public",
            actor="agent",
        )
    return f"shop/{contact}"


def test_who_came_later_and_went_before(world: World) -> None:
    overtaken = case(world, 0, "urgent", 60)
    case(world, 1, "normal", 30)
    in_time = case(world, 2, "high", 20)
    case(world, 2, "normal", 30, team="other desk")  # at the same moment: it came no later
    at_once = case(world, 2, "high", 40, team="other desk")
    case(world, 2, "normal", 30, team="other desk")
    at_the_same_moment = case(world, 3, "urgent", 70, team="third desk")
    case(world, 4, "low", 70, team="third desk")
    waiting = case(world, 5, "urgent", None)
    world.build("run", BUILT)
    told = dict(world.query(OVERTAKEN))
    assert {name for name, is_so in told.items() if is_so is not None} == {
        overtaken, in_time, at_once, at_the_same_moment,
    }  # fmt: skip
    assert told[overtaken] is True and told[waiting] is None
    assert not (told[in_time] or told[at_once] or told[at_the_same_moment])
    ((numerator, denominator, excluded),) = world.query(
        """select sum(numerator), sum(denominator), sum(excluded) from marts.fct_kpi_daily
        where kpi_id = 'priority_inversion_rate' and dimension = 'all'"""
    )
    assert (numerator, denominator, excluded) == (1, 4, 1)


def test_as_a_walk_through_all_cases(world: World) -> None:
    chance = random.Random(7)
    cases = []
    for _ in range(300):
        opened = chance.randrange(2_000)
        replied = chance.choice([None, opened + chance.randrange(1, 600)])
        priority, team = chance.choice(list(RANKS)), chance.choice(["a", "b", None])
        name = case(world, opened, priority, replied, team)
        cases.append((name, opened, replied, RANKS[priority], team))
    expected = {
        name: None
        if rank is None or rank > 2 or replied is None
        else any(
            other_rank is not None and other_rank > 2 and other_team == team
            and other_opened > opened and other_replied is not None and other_replied < replied
            for _, other_opened, other_replied, other_rank, other_team in cases
        )
        for name, opened, replied, rank, team in cases
    }  # fmt: skip
    assert START + timedelta(minutes=2_600) < AS_OF
    world.build("run", BUILT)
    assert dict(world.query(OVERTAKEN)) == expected
    assert len(set(expected.values())) == 3
