"""Who answers, against who was asked and who the customers are: as reckoned by hand."""

import re
from collections.abc import Iterator
from datetime import timedelta
from math import sqrt
from typing import Any

import pytest
from journey_world import AS_OF, Dbt, World, dbt_of_worlds

from cx_pipeline.settings import DBT_PROJECT

BUILT = "+agg_representativeness"
OLD, NEW = AS_OF - timedelta(days=400), AS_OF - timedelta(days=30)
ASKED = AS_OF - timedelta(days=20)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("representativeness")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    """60 customers of old and 40 new ones, and a survey with one question."""
    made = World(dbt, dbt.folder / "warehouse.duckdb")
    for number in range(100):
        seen = OLD if number < 60 else NEW
        made.contact(f"p{number}", seen)
        made.add("people", account_token=f"p{number}", created_at=seen)
    made.visit("nobody", OLD, login_token=None)  # a cookie is no customer
    made.add(
        "surveys", survey_id="s", item_id="nps", kind="nps", scale_min=0, scale_max=10,
        aspect="overall", valid_codes="0,1,2,3,4,5,6,7,8,9,10",
    )  # fmt: skip
    return made


def invite(world: World, *numbers: int, delivered: bool = True) -> None:
    for number in numbers:
        world.add(
            "invitations", survey_id="s", wave="w", person_token=f"p{number}", sent_at=ASKED,
            delivered_at=ASKED if delivered else None,
        )  # fmt: skip


def answer(world: World, *persons: str | None, score: int = 9) -> None:
    for person in persons:
        place = len(world.rows["responses"])
        world.add(
            "responses", survey_id="s", wave="w", response_id=f"r{place}", item_id="nps",
            person_token=person, score=score, answered_at=ASKED + timedelta(minutes=1 + place),
        )  # fmt: skip


def groups(world: World, dimension: str = "tenure") -> dict[str, dict[str, Any]]:
    with world.marts() as con:
        found = con.execute(
            f"select * from marts.agg_representativeness where dimension = '{dimension}'"
        )
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {row["dimension_value"]: row for row in rows}


def standardised(one: float, other: float) -> float:
    return (one - other) / sqrt((one * (1 - one) + other * (1 - other)) / 2)


def test_groups_as_reckoned_by_hand(world: World) -> None:
    invite(world, *range(10), *range(60, 70))  # ten of each
    invite(world, *range(10, 20), delivered=False)
    answer(world, *(f"p{number}" for number in (0, 1, 60, 61, 62, 63, 64, 65)), None)
    answer(world, "p60")  # twice: one person
    answer(world, "p2", score=11)  # no answer that counts
    world.build("run", BUILT)
    told = groups(world)
    assert told.keys() == {"up to 90 days", "366 to 1095 days"}
    new, old = told["up to 90 days"], told["366 to 1095 days"]
    counts = ("respondents", "invited", "customers")
    assert [new[name] for name in counts] == [6, 10, 40]
    assert [old[name] for name in counts] == [2, 10, 60]
    for group, share, of_all in ((new, 0.75, 0.4), (old, 0.25, 0.6)):
        assert group["difference_from_invited"] == pytest.approx(standardised(share, 0.5))
        assert group["difference_from_customers"] == pytest.approx(standardised(share, of_all))
        assert group["is_unlike"] and group["unknown_response_count"] == 1


def test_one_of_a_small_group_who_answers_alone_is_very_unlike(world: World) -> None:
    world.add("people", account_token="oldest", created_at=AS_OF - timedelta(days=2_000))
    world.contact("oldest", AS_OF - timedelta(days=2_000))
    answer(world, "oldest")
    world.build("run", BUILT)
    oldest = groups(world)["over 1095 days"]
    assert (oldest["respondents"], oldest["customers"]) == (1, 1)
    assert oldest["difference_from_customers"] == pytest.approx(standardised(1, 1 / 101))
    assert oldest["difference_from_customers"] > 9


def test_who_answers_as_all_is_not_unlike(world: World) -> None:
    answer(world, *(f"p{number}" for number in (*range(12), *range(60, 68))))
    world.build("run", BUILT)
    told = groups(world)
    assert {group["is_unlike"] for group in told.values()} == {False}
    assert {group["invited"] for group in told.values()} == {None}  # not zero: nobody knows
    assert {group["difference_from_invited"] for group in told.values()} == {None}
    assert told["up to 90 days"]["respondents_share"] == 0.4
    by_value = groups(world, "value_segment")
    assert sum(group["customers"] for group in by_value.values()) == 100
    assert sum(group["respondents"] for group in by_value.values()) == 20


def test_a_survey_of_nobody_known_where_nobody_is_known_has_no_groups(dbt: Dbt) -> None:
    """As at an airport: answers have no names, and no customer is known; the night goes on."""
    world = World(dbt, dbt.folder / "warehouse.duckdb")
    world.visit("nobody", OLD, login_token=None)
    world.add(
        "surveys", survey_id="s", item_id="nps", kind="nps", scale_min=0, scale_max=10,
        aspect="overall", valid_codes="0,1,2,3,4,5,6,7,8,9,10",
    )  # fmt: skip
    answer(world, None, None, None)
    world.build("run", BUILT)
    assert groups(world) == {}
    schemas = {"int_": "intermediate", "invitations": "entities"}

    def placed(name: re.Match[str]) -> str:
        schema = next((s for begin, s in schemas.items() if name[1].startswith(begin)), "marts")
        return f"{schema}.{name[1]}"

    file = DBT_PROJECT / "tests/feedback/assert_groups_of_a_wave_are_whole.sql"
    check = re.sub(r"\{\{ config.*\}\}", "", file.read_text())
    with world.marts() as con:
        rows = con.execute(re.sub(r"\{\{ ref\('(\w+)'\) \}\}", placed, check)).fetchall()
        answers = con.execute("select count(*) from marts.fct_responses").fetchone()
    assert rows == [] and answers == (3,)
