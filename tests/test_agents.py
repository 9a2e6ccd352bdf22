"""What agents do: each for the stretches they worked in, and nobody alone in a small team."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from journey_world import Dbt, World, dbt_of_worlds

BUILT = "+agg_agents"
START = datetime(2026, 4, 6, 9)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("agents")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def call(world: World, person: str, at: datetime, *worked: tuple[str, int], **values: Any) -> None:
    """A call in which agents talk one after the other, for so many seconds."""
    told = {"team": "desk", "reason": "billing", "outcome": "answered", **values}
    contact = world.contact(person, at, agent_token=worked[-1][0], **told)
    for agent, seconds in worked:
        end = at + timedelta(seconds=seconds)
        world.add(
            "contact_segments", contact_id=contact, kind="talk", agent_token=agent, started_at=at,
            ended_at=end,
        )  # fmt: skip
        at = max(at, end)


def agents(world: World, columns: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    rows = world.query(f"select month, team, agent_token, {columns} from marts.agg_agents")
    return {(month, team, agent): tuple(told) for month, team, agent, *told in rows}


def test_each_agent_counts_for_what_they_did(world: World) -> None:
    april = date(2026, 4, 1)
    for number in range(5):
        call(world, f"p{number}", START, (f"a{number}", 100))
    call(world, "q", START + timedelta(days=1), ("a0", 50), ("a1", 70), outcome="transferred")
    call(world, "p0", START + timedelta(days=2), ("a1", 30))  # p0 is back: a0 did not solve it
    call(world, "r", START + timedelta(days=1), ("a2", -60))  # it ends before it begins
    call(world, "s", START + timedelta(days=1), ("a2", 10), is_test=True)
    world.build("run", BUILT)
    told = agents(world, "contacts, transferred, handled, handle_seconds, judged, resolved, aht")
    assert told[april, "desk", "a0"] == (2, 1, 2, 150, 2, 1, 75)
    assert told[april, "desk", "a1"] == (3, 1, 3, 200, 3, 3, pytest.approx(200 / 3))
    assert told[april, "desk", "a2"] == (2, 0, 1, 100, 2, 2, 100)
    assert len(told) == 5
    bounds = agents(world, "aht_low, aht_high, fcr_low, fcr_high")
    low, high, share_low, share_high = bounds[april, "desk", "a0"]
    # two values, 100 and 50: 75 -+ 12.706 * 25
    assert (low, high) == (pytest.approx(75 - 12.7062 * 25), pytest.approx(75 + 12.7062 * 25))
    assert 0 < share_low < 0.5 < share_high < 1
    assert bounds[april, "desk", "a2"][:2] == (None, None)  # one value has no width to tell


def test_nobody_of_a_small_team_is_looked_at_alone(world: World) -> None:
    april, may = date(2026, 4, 1), date(2026, 5, 1)
    for number in range(4):
        call(world, f"p{number}", START, (f"a{number}", 100), team="small")
        call(world, f"q{number}", START, (f"b{number}", 100), team=None)
    for number in range(5):
        call(world, f"r{number}", START + timedelta(days=40), (f"a{number}", 60), team="small")
    world.build("run", BUILT)
    told = agents(world, "agents, contacts")
    assert told[april, "small teams", "together"] == (8, 8)
    assert {place for place in told if place[0] == april} == {(april, "small teams", "together")}
    assert {place[2] for place in told if place[0] == may} == {f"a{n}" for n in range(5)}
