"""Whether channels serve a reason alike: against SciPy, on a small world of rows."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from journey_world import Dbt, World, dbt_of_worlds
from scipy import stats

BUILT = "+agg_channel_consistency"
START = datetime(2026, 3, 2, 9)
ROUNDING = 3e-7  # of the approximation of the normal tail, times the pairs that Holm multiplies by


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("consistency")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def told(world: World, measure: str) -> dict[str, dict[str, Any]]:
    with world.marts() as con:
        found = con.execute(
            f"select * from marts.agg_channel_consistency where measure = '{measure}'"
        )
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {row["reason"]: row for row in rows}


def holm(values: list[float]) -> list[float]:
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(np.array(values)[order] * np.arange(len(values), 0, -1))
    found = np.empty(len(values))
    found[order] = np.minimum(steps, 1)
    return list(found)


def test_the_two_channels_that_differ_most(world: World) -> None:
    chance = random.Random(11)
    shares = {
        "billing": {"call": 0.9, "chat": 0.5, "email": 0.7, "store": 0.1},
        "returns": {"call": 0.6, "chat": 0.65},
    }
    sizes = {"call": 80, "chat": 60, "email": 30, "store": 29}
    solved: dict[str, dict[str, list[int]]] = {}
    replies: dict[str, dict[str, list[float]]] = {}
    for reason, channels in shares.items():
        for channel, share in channels.items():
            for number in range(sizes[channel]):
                person = f"{reason}-{channel}-{number}"
                at = START + timedelta(minutes=chance.randrange(20_000))
                is_solved = chance.random() < share
                waits = chance.randrange(60, 4_000 if channel == "call" else 9_000)
                told_of = {
                    "reason": reason,
                    "outcome": "answered",
                    "status": "solved",
                    "closed_at": at + timedelta(hours=6),
                }
                contact = world.contact(person, at, channel, **told_of)
                for kind, actor, after in (
                    ("created", "customer", 0),
                    ("reply_public", "agent", waits),
                    ("solved", "agent", 21_600),
                ):
                    world.add(
                        "contact_events", contact_id=contact, kind=kind, actor=actor,
                        occurred_at=at + timedelta(seconds=after),
                    )  # fmt: skip
                solved.setdefault(reason, {}).setdefault(channel, []).append(int(is_solved))
                replies.setdefault(reason, {}).setdefault(channel, []).append(waits)
                if not is_solved:  # back on the help pages
                    world.visit(person, at + timedelta(days=2), page_path="/help")
    world.build("run", BUILT)
    for measure, facts in (("resolution", solved), ("first_response", replies)):
        found = told(world, measure)
        pairs, p_values = [], []
        for reason, channels in facts.items():
            large = sorted(channel for channel in channels if len(channels[channel]) >= 30)
            for one, other in combinations(large, 2):
                first, second = np.array(channels[one], float), np.array(channels[other], float)
                if measure == "first_response":
                    statistic = stats.ttest_ind(first, second, equal_var=False).statistic
                    p_value = 2 * stats.norm.sf(abs(statistic))
                else:
                    table = [[part.sum(), len(part) - part.sum()] for part in (first, second)]
                    p_value = stats.chi2_contingency(table, correction=False).pvalue
                pairs.append((reason, one, other, abs(first.mean() - second.mean())))
                p_values.append(float(p_value))
        adjusted = holm(p_values)
        for reason, row in found.items():
            mine = [place for place, pair in enumerate(pairs) if pair[0] == reason]
            largest = max(mine, key=lambda place: pairs[place][3])
            assert {row["high_channel"], row["low_channel"]} == set(pairs[largest][1:3])
            assert row["difference"] == pytest.approx(pairs[largest][3])
            assert row["p_value"] == pytest.approx(p_values[largest], abs=ROUNDING)
            assert row["p_adjusted"] == pytest.approx(adjusted[largest], abs=len(pairs) * ROUNDING)
    billing = told(world, "resolution")["billing"]
    assert (billing["n"], billing["channels"], billing["small_channels"]) == (199, 3, 1)
    assert (billing["high_channel"], billing["low_channel"]) == ("call", "chat")
    assert billing["p_adjusted"] < 0.05


def test_too_few_are_not_compared(world: World) -> None:
    for number in range(29):
        world.contact(f"p{number}", START, "chat", reason="billing", outcome="answered")
    for number in range(40):
        world.contact(f"q{number}", START, "call", reason="billing", outcome="answered")
    world.build("run", BUILT)
    row = told(world, "resolution")["billing"]
    assert (row["n"], row["channels"], row["small_channels"]) == (69, 1, 1)
    assert {row[name] for name in ("high_channel", "difference", "p_value", "p_adjusted")} == {None}


def test_channels_that_are_wholly_alike_differ_by_nothing(world: World) -> None:
    for channel in ("call", "chat"):
        for number in range(30):
            world.contact(
                f"{channel}{number}", START, channel, reason="billing", outcome="answered"
            )
    world.build("run", BUILT)
    row = told(world, "resolution")["billing"]
    assert (row["difference"], row["p_value"], row["p_adjusted"]) == (0, 1, 1)
