"""Survey waves against SciPy and a plain reckoning: weights, bounds, what moved by more than chance."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

import duckdb
import pytest
from journey_world import Dbt, World, dbt_of_worlds
from scipy.stats import norm
from test_kpis import macros

from cx_pipeline.report.intervals import adjusted_wald, wilson

START = datetime(2026, 1, 5)
BUILT = "+agg_survey_waves"


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("waves")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def item(world: World, name: str, kind: str, low: int, high: int) -> None:
    world.add(
        "surveys", survey_id="s", item_id=name, kind=kind, scale_min=low, scale_max=high,
        aspect="overall", valid_codes=",".join(map(str, range(low, high + 1))),
    )  # fmt: skip


def answer(world: World, wave: int, name: str, score: int, weight: float | None = None) -> None:
    number = len(world.rows["responses"])
    world.add(
        "responses", survey_id="s", wave=f"w{9 - wave}", response_id=f"r{number}", item_id=name,
        person_token=f"p{number}", score=score, weight=weight,
        answered_at=START + timedelta(days=30 * wave, minutes=number % 1000),
    )  # fmt: skip


def told(world: World) -> dict[tuple[str, int], dict[str, Any]]:
    with world.marts() as con:
        found = con.execute("select * from marts.agg_survey_waves")
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {(row["item_id"], 9 - int(row["wave"][1:])): row for row in rows}


def value_of(name: str, score: int) -> int:
    if name == "nps":
        return (score >= 9) - (score <= 6)
    return int(score >= (4 if name == "csat" else 5))


@pytest.mark.parametrize("weighted", [False, True])
def test_waves_as_reckoned_by_hand(world: World, weighted: bool) -> None:
    """Four waves, named against their order, of three items."""
    draw = random.Random(2)
    scales = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
    given: dict[tuple[str, int], list[tuple[int, float]]] = defaultdict(list)
    for name, scale in scales.items():
        item(world, name, name, *scale)
        for wave in range(4):
            for _ in range(draw.choice([5, 200, 300])):
                high = scale[1] - (2 if wave < 2 else 0)
                score = draw.choice([*range(scale[0], high + 1), scale[1]])
                weight = round(draw.uniform(0.2, 3), 3) if weighted else None
                answer(world, wave, name, score, weight)
                given[name, wave].append((value_of(name, score), weight or 1.0))
    answer(world, 0, "nps", 11)  # blank in some surveys: an answer to nothing
    world.build("run", BUILT)
    found = told(world)
    assert set(found) == set(given)
    p_values = {}
    for (name, wave), answers in given.items():
        row = found[name, wave]
        scale = 100 if name == "nps" else 1
        mean, square, n = moments(answers)
        assert row["n"] == len(answers)
        assert row["excluded_count"] == ((name, wave) == ("nps", 0))
        assert row["n_effective"] == pytest.approx(n)
        assert row["value"] == pytest.approx(scale * mean)
        plain = sum(x for x, _ in answers) / len(answers)
        assert row["unweighted_value"] == pytest.approx(scale * plain)
        bounds = adjusted_wald(mean * n, n, square * n) if name == "nps" else wilson(mean * n, n)
        assert (row["low"], row["high"]) == pytest.approx(bounds)
        if wave == 0:
            assert (
                row["wave_before"] is row["change"] is row["p_value"] is row["p_adjusted"] is None
            )
            continue
        before, square_before, n_before = moments(given[name, wave - 1])
        pooled = (mean * n + before * n_before) / (n + n_before)
        pooled_square = (square * n + square_before * n_before) / (n + n_before)
        error = sqrt((pooled_square - pooled**2) * (1 / n + 1 / n_before))
        p_values[name, wave] = 2 * norm.sf(abs(mean - before) / error)
        assert row["wave_before"] == f"w{9 - wave + 1}"
        assert row["change"] == pytest.approx(scale * (mean - before))
        assert row["p_value"] == pytest.approx(p_values[name, wave], abs=1e-6)
    adjusted, worst = {}, 0.0
    for rank, (key, p) in enumerate(sorted(p_values.items(), key=lambda told: told[1])):
        worst = max(worst, min(p * (len(p_values) - rank), 1))
        adjusted[key] = worst
    assert {key: found[key]["p_adjusted"] for key in adjusted} == pytest.approx(adjusted, abs=1e-5)
    assert min(adjusted.values()) < 0.05 < max(adjusted.values())


def moments(answers: list[tuple[int, float]]) -> tuple[float, float, float]:
    """Weighted mean, mean square and effective number."""
    total = sum(w for _, w in answers)
    mean, square = (sum(w * x**power for x, w in answers) / total for power in (1, 2))
    return mean, square, total**2 / sum(w * w for _, w in answers)


def test_another_scale_has_no_figure(world: World) -> None:
    item(world, "csat", "csat", 1, 10)
    for score in (1, 5, 10):
        answer(world, 0, "csat", score)
    world.build("run", BUILT)
    row = told(world)["csat", 0]
    assert (row["n"], row["other_scale_count"], row["value"], row["low"]) == (0, 3, None, None)


def test_waves_that_all_say_the_same_have_not_moved(world: World) -> None:
    item(world, "csat", "csat", 1, 5)
    for wave in (0, 1):
        for _ in range(10):
            answer(world, wave, "csat", 5)
    world.build("run", BUILT)
    row = told(world)["csat", 1]
    assert (row["change"], row["p_value"], row["p_adjusted"]) == (0, None, None)


@pytest.mark.parametrize("statistic", [0, 0.3, 1, 1.959964, 2.5758, 4, 6])
def test_p_values_as_scipy_has_them(statistic: float) -> None:
    with duckdb.connect() as con:
        row = con.execute(f"select {macros('stats.sql').two_sided_p(str(statistic))}").fetchone()
    assert row is not None
    assert row[0] == pytest.approx(2 * norm.sf(statistic), abs=3e-7)
