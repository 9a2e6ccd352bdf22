"""How often pages fail, crash or are slow, and calls drop: of a small world of rows, by hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from journey_world import Dbt, World, dbt_of_worlds
from scipy.stats import binomtest

BUILT = "+agg_technical_quality"
START = datetime(2026, 4, 29, 9)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("technical_quality")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def view(world: World, person: str, day: int, **values: Any) -> None:
    told = {"device": "mobile", "browser": "Safari", "app_version": "2.1", **values}
    world.visit(person, START + timedelta(days=day), **told)


def quality(world: World, measure: str) -> dict[tuple[date, str], tuple[int, int]]:
    rows = world.query(
        f"""select month, dimension_value, numerator, denominator
        from marts.agg_technical_quality where measure = '{measure}'"""
    )
    return {
        (month, value): (numerator, denominator) for month, value, numerator, denominator in rows
    }


def test_what_went_wrong_by_month_device_browser_and_version(world: World) -> None:
    april, may = date(2026, 4, 1), date(2026, 5, 1)
    view(world, "ann", 0, load_ms=4000)
    view(world, "ann", 0, load_ms=4001, error_code="E1")
    view(world, "ann", 0, browser="Firefox", device="desktop", load_ms=100, app_version=None)
    view(world, "bob", 1, error_code="E2", load_ms=None)
    view(world, "ann", 2, load_ms=9000)  # in May
    view(world, "cid", 3, load_ms=-5)  # a clock set back
    view(world, "cid", 3, error_code="E1", is_bot=True, load_ms=9000)
    world.visit("cid", START + timedelta(days=3), "app_exception", device="mobile")
    for outcome in ("answered", "answered", "dropped", "abandoned"):
        world.contact("ann", START, "call", outcome=outcome)
    world.contact("ann", START, "chat", outcome="dropped")
    world.build("run", BUILT)
    errors = quality(world, "error")
    assert errors[april, "all"] == (2, 2)  # two visitors' days: two browsers on one are one
    assert errors[april, "mobile"] == errors[april, "Safari"] == (2, 2)
    assert errors[april, "Firefox"] == errors[april, "desktop"] == (0, 1)
    assert errors[may, "all"] == (0, 2)
    assert quality(world, "slow_load") == {
        (april, "all"): (1, 3), (april, "mobile"): (1, 2), (april, "desktop"): (0, 1),
        (april, "Safari"): (1, 2), (april, "Firefox"): (0, 1), (april, "2.1"): (1, 2),
        (april, "unknown"): (0, 1), (may, "all"): (1, 1), (may, "mobile"): (1, 1),
        (may, "Safari"): (1, 1), (may, "2.1"): (1, 1),
    }  # fmt: skip
    crashes = quality(world, "crash")
    assert crashes[may, "all"] == (1, 2) and crashes[april, "all"] == (0, 2)
    assert quality(world, "dropped_call") == {(april, "all"): (1, 3)}
    ((value, low, high),) = world.query(
        "select value, low, high from marts.agg_technical_quality where measure = 'dropped_call'"
    )
    told = binomtest(1, 3).proportion_ci(method="wilson")
    assert (value, low, high) == (
        pytest.approx(1 / 3),
        pytest.approx(told.low),
        pytest.approx(told.high),
    )
