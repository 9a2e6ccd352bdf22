"""What persons lived through is exact after any history of nights: as one full rebuild gives it."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from night_world import START
from person_night_world import NightDbt, People, Warehouse


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("person_night")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_TEMP", str(folder / "tmp"))
        patch.setenv("CX_WAREHOUSE", str(folder / "warehouse.duckdb"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        yield folder


@pytest.fixture(scope="module")
def dbt(environment: Path) -> NightDbt:
    return NightDbt(environment / "sound")


STEPS = ["+chg_sessions", "+int_sessions", "+int_web_touches", "+chg_keys", "+fct_touchpoints"]


def live(seed: int, dbt: NightDbt, path: Path) -> list[str]:
    """Live through some nights of several worlds, compared after most; how each was built."""
    draw = random.Random(seed)
    warehouse = Warehouse(path, dbt)
    worlds = [People(draw, f"w{number}.") for number in range(draw.choice([1, 6, 20]))]
    end = max(world.end for world in worlds) + timedelta(days=2)
    nights = draw.choice([3, 5])
    hot = {"hot_days": draw.choice(["0", "7"])}
    as_of, built = START, []
    for night in range(nights):
        as_of += timedelta(days=draw.choice([0, 1, (end - START).days // nights + 1, 8]))
        if night and draw.random() < 0.85:  # else no file at all
            _deliver(draw, warehouse, worlds, as_of)
        if draw.random() < 0.4:  # dies on the way, and something else happens before it runs again
            warehouse.build(as_of, select=draw.choice(STEPS), **hot)
            if draw.random() < 0.5:
                _deliver(draw, warehouse, worlds[:1], as_of)
        if night and draw.random() < 0.1:
            warehouse.erase(draw.choice(worlds).events[0].visitor_token or "nobody")
        warehouse.build(as_of, **hot)
        built.append(warehouse.mode())
        if draw.random() < 0.2:  # one table again, by itself
            warehouse.build(as_of, select="fct_journeys", **hot)
        if night < nights - 1 and draw.random() < 0.3:
            continue
        kept, whole = warehouse.content(), warehouse.rebuilt(as_of)
        for mart, rows in whole.items():
            assert kept[mart] == rows, f"{mart} of seed {seed}, night {night}: {built}"
    return built


def _deliver(
    draw: random.Random, warehouse: Warehouse, worlds: list[People], as_of: object
) -> None:
    for world in worlds:
        while draw.random() < 0.6:
            world.restate()
    late = draw.choice([0.0, 0.05, 0.4])
    files = [event for world in worlds for event in world.file(as_of, late)]
    warehouse.land(files)
    warehouse.tell(worlds)


FIXED = (5, 29)  # 120 nights of worlds: crashes, a table again, an erasure


@pytest.mark.parametrize("seed", FIXED)
def test_any_history_gives_the_full_rebuild(seed: int, dbt: NightDbt, tmp_path: Path) -> None:
    assert "night" in live(seed, dbt, tmp_path / "warehouse.duckdb")


@pytest.mark.prove
@pytest.mark.parametrize("seed", sorted(set(range(50)) - set(FIXED)))
def test_many_histories_give_the_full_rebuild(seed: int, dbt: NightDbt, tmp_path: Path) -> None:
    live(seed, dbt, tmp_path / "warehouse.duckdb")


KEYS = "models/intermediate/touchpoints/chg_keys.sql"
FAULTS = {
    "arrivals forgotten": (KEYS, "where kind = 'token'", "where false"),
    "merges and splits forgotten": (
        KEYS,
        "where n.person_id is distinct from o.person_id",
        "where false",
    ),
    "the person that a token left forgotten": (
        KEYS,
        "select former_person_id as person_id from moved",
        "select former_person_id as person_id from moved where false",
    ),
    "sessions of who moved forgotten": (
        KEYS,
        "where s.visitor_token in (select token from moved)",
        "where false",
    ),
    "what sources restate forgotten": (KEYS, "where n.mark is distinct from o.mark", "where false"),
    "the clock forgotten": (KEYS, "where j.is_open and", "where false and"),
    "the keys of a crashed night forgotten": (KEYS, "if plan.keeps_former", "if false"),
    "sessions that went stay as touches": (
        "macros/night.sql",
        "and {{ key }} in (select {{ key }} from {{ gone }})",
        "and {{ key }} in (select {{ key }} from {{ rows }})",
    ),
}


FINDING = (10, *range(6))  # the first of them is short, and finds most
# The first two of them in `make test`.
SOME = [
    fault if place < 2 else pytest.param(fault, marks=pytest.mark.prove)
    for place, fault in enumerate(FAULTS)
]


@pytest.mark.parametrize("fault", SOME)
def test_the_proof_finds_a_planted_fault(fault: str, dbt: NightDbt, tmp_path: Path) -> None:
    with dbt.wrong(*FAULTS[fault]):
        for seed in FINDING:
            folder = tmp_path / str(seed)
            folder.mkdir()
            try:
                live(seed, dbt, folder / "warehouse.duckdb")
            except AssertionError as found:
                assert "of seed" in str(found)
                return
    pytest.fail(f"{len(FINDING)} histories did not find: {fault}")
