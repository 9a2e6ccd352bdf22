"""Touchpoints: each kind is planted as a source would deliver it, and found in its stage."""

import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import Demo
from journey_world import World, dbt_of_worlds, statuses
from touchpoint_world import DAY, PLANTED, plant_outcomes


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with dbt_of_worlds(tmp_path_factory.mktemp("touchpoints")) as dbt:
        yield dbt


@pytest.fixture(scope="module")
def world(dbt: Any) -> World:
    """Everything planted, each by a person of its own, and what the other tests ask about."""
    world = World(dbt, dbt.folder / "warehouse.duckdb")
    for name, plant, _, _ in PLANTED:
        plant(world, name)
    plant_outcomes(world)
    world.build()
    return world


@pytest.mark.parametrize(("name", "touchpoint", "stage"), [(n, t, s) for n, _, t, s in PLANTED])
def test_what_is_planted_is_found_in_its_stage(
    world: World, name: str, touchpoint: str, stage: str
) -> None:
    assert (touchpoint, stage) in world.touches(name, "touchpoint, stage")


def test_every_touchpoint_of_the_list_is_planted_and_every_rule_is_published(world: World) -> None:
    listed = """website social_page advertisement search_result webinar white_paper free_trial sales_talk
        quote_request contract purchase deployment support_contact feedback_survey loyalty_programme
        renewal_offer referral store_visit"""
    rules = world.query(
        "select touchpoint, stage, rule_number, rule_version from marts.dim_stage_rules"
    )
    published = {touchpoint: stage for touchpoint, stage, _, _ in rules}
    planted = {touchpoint: stage for _, _, touchpoint, stage in PLANTED}
    assert set(listed.split()) <= set(planted)
    assert set(planted) == set(published)
    assert [number for _, _, number, _ in sorted(rules, key=lambda rule: rule[2])] == list(
        range(len(rules))
    )
    assert {version for _, _, _, version in rules} == {2}
    assert set(published.values()) == {
        "awareness", "consideration", "purchase", "use", "loyalty", "unclassified",
    }  # fmt: skip
    assert world.query("""select count(*) from marts.fct_touchpoints as t
        left join marts.dim_stage_rules as r on r.rule_number = t.rule_number
        where true is distinct from (r.touchpoint = t.touchpoint and r.stage = t.stage)""") == [
        (0,)
    ]


def test_the_first_rule_that_holds_decides(world: World) -> None:
    """An advertisement that led to a purchase is a purchase; a return in a store is no visit."""
    assert world.touches("bought", "touchpoint") == ["purchase"]
    rules = world.query("""select kind, touchpoint, rule_number from marts.dim_stage_rules
        where kind = 'contact' and channels = 'store' order by rule_number""")
    assert [touchpoint for _, touchpoint, _ in rules] == ["support_contact", "store_visit"]


def test_a_named_page_is_a_touch_of_its_own_once_a_session(world: World) -> None:
    assert world.touches("reader", "kind, touchpoint, channel") == [
        ("web_action", "white_paper", "paid_search"),
        ("web_session", "advertisement", "paid_search"),
        ("web_action", "webinar", "paid_search"),
        ("web_action", "white_paper", "direct"),
        ("web_session", "website", "direct"),
    ]


def test_nothing_is_dropped_and_no_stage_is_null(world: World) -> None:
    rows, told, lost = world.query("""select
        (select count(*) from entities.orders)
        + (select count(*) from entities.contacts where is_test is distinct from true)
        + (select count(*) from entities.campaign_touches where bounced_at is null)
        + (select count(*) from entities.mentions)
        + (select count(*) from entities.tasks where done_at is not null)
        + (select count(started_at) + count(renewed_at) + count(ended_at) from entities.subscriptions)
        + (select count(distinct response_id) from entities.responses)
        + (select count(*) from marts.fct_sessions where not is_bot),
        (select count(*) from marts.fct_touchpoints where kind <> 'web_action'),
        (select count(*) from marts.fct_touchpoints where stage is null or touchpoint is null)""")[
        0
    ]
    to_come = 2  # a contact and a renewal of ivy's are of as_of or later
    assert told == rows - to_come > 60 and lost == 0


# ---- outcome, effort, emotion, moments -------------------------------------------------------


def test_a_touch_tells_what_came_of_it(world: World) -> None:
    assert world.touches("ann", "outcome") == [
        "cancelled", "converted", "converted",
        "abandoned", "answered", "self_service", "solved", "solved", "open", "closed", "open",
    ]  # fmt: skip
    assert world.touches("mia", "outcome") == [
        "delivered", "delivered", "opened", "clicked", "unsubscribed", None,
    ]  # fmt: skip
    assert world.touches("cart", "outcome") == world.touches("checkout", "outcome") == ["abandoned"]
    assert world.touches("trial", "outcome") == ["started"]
    assert world.touches("stars1", "outcome") + world.touches("stars3", "outcome") == [
        "answered", None,
    ]  # fmt: skip
    solved = world.touches("ann", "outcome_at - occurred_at")
    assert solved[0] == DAY and solved[6] == 3 * DAY and solved[7] == timedelta(0)


def test_effort_is_how_often_the_person_had_to_try(world: World) -> None:
    assert world.touches("ben", "effort_count, bounce_count, wait_seconds") == [
        (5, 1, Decimal("90.000")),
    ]  # fmt: skip
    assert world.touches("eve", "effort_count") == [2]
    assert world.touches("ann", "effort_count") == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0]


def test_emotion_is_of_marks_alone(world: World) -> None:
    persons = ("promoter", "passive", "detractor", "invalid", "good", "middle", "bad", "both",
               "easy", "stars1", "stars3", "stars5", "stars9", "ben")  # fmt: skip
    assert [world.touches(person, "emotion") for person in persons] == [
        ["positive"], ["neutral"], ["negative"], [None], ["positive"], ["neutral"], ["negative"],
        ["positive"], [None], ["negative"], ["neutral"], ["positive"], [None], [None],
    ]  # fmt: skip
    assert world.touches("easy", "ces_score") == [7]
    assert world.touches("old_scale", "ces_score") == [None]


def test_moments_of_truth_are_flagged_once(world: World) -> None:
    told = world.touches("ann", "moment_of_truth")
    assert told == ["first_order", None, None, "first_contact"] + [None] * 7
    assert world.touches("renewed", "moment_of_truth") == ["renewal"]
    assert world.touches("end", "moment_of_truth") == ["cancellation"]


def test_bots_tests_and_what_is_to_come_are_no_touchpoints(world: World) -> None:
    assert world.touches("robot", "kind") == []
    assert world.touches("ivy", "detail") == ["start"]


# ---- the warning, and the order of arrival -------------------------------------------------------


@pytest.mark.parametrize(("known", "status"), [(94, "warn"), (95, "pass")])
def test_more_than_a_twentieth_without_a_stage_is_told(
    dbt: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: int, status: str
) -> None:
    """It warns, and stops nothing."""
    monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path / "warehouse.duckdb"))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute(f"""create schema marts; create table marts.fct_touchpoints as
            select i as touchpoint_id, case when i < {known} then 'use' else 'unclassified' end as stage
            from range(100) as r(i)""")
    told = World(dbt, tmp_path / "warehouse.duckdb").judge(select="warn_unclassified_touchpoints")
    assert statuses(told) == {"warn_unclassified_touchpoints": status}


def test_the_order_of_arrival_changes_nothing(
    world: World, dbt: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path / "warehouse.duckdb"))
    other = World(dbt, tmp_path / "warehouse.duckdb")
    for entity, rows in world.rows.items():
        other.rows[entity] = random.Random(7).sample(rows, len(rows))
    other.build("run")
    tables = [name for (name,) in world.query(
        "select table_name from information_schema.tables where table_schema = 'marts'"
        " and (table_name like '%journey%' or table_name in ('fct_touchpoints', 'agg_paths',"
        " 'agg_channel_switches', 'agg_segment_transitions', 'dim_channel_preferences'))"
    )]  # fmt: skip
    assert len(tables) == 7
    for table in tables:
        query = f"select * from marts.{table} order by all"
        assert other.query(query) == world.query(query), table


def test_what_came_next_is_told_by_a_view(demo: Demo) -> None:
    """Of each touchpoint that has one before it, the one before tells the same from its side."""
    with demo.marts() as con:
        told = con.execute("""select count(*), count(case when n.next_touchpoint_id = t.touchpoint_id
                and n.next_kind = t.kind and n.next_at = t.occurred_at
                and n.seconds_to_next = t.seconds_since_prev then 1 end)
            from fct_touchpoints as t
            inner join next_touchpoints as n on n.touchpoint_id = t.prev_touchpoint_id""").fetchone()
        ends = con.execute("""select count(*), count(distinct person_id) from next_touchpoints
            where next_touchpoint_id is null and seconds_to_next is null""").fetchone()
        persons = con.execute("select count(distinct person_id) from fct_touchpoints").fetchone()
    assert told and told[0] == told[1] > 500
    assert ends and persons and ends == (persons[0], persons[0])
