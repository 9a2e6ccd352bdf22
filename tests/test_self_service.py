"""Who helped themselves: visits to the help pages and conversations with bots, of a small world of rows."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from journey_world import AS_OF, Dbt, World, dbt_of_worlds, statuses

BUILT = "+fct_self_service +fct_kpi_daily +fct_kpi_excluded"
WEEK = timedelta(days=7)
START = datetime(2026, 5, 1, 9)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("self_service")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def reads(world: World, person: str, at: datetime, **values: Any) -> None:
    world.visit(person, at, page_path="/help/invoices", **values)


def visits(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Of each person what became of their visits, in order."""
    rows = world.query(
        """select t.token, s.outcome, s.excluded_reason
        from marts.fct_self_service as s
        join intermediate.int_person_tokens as t on t.person_id = s.person_id
        where s.kind = 'help' and t.token not like 'cookie-%' order by s.started_at"""
    )
    told: dict[str, list[tuple[Any, ...]]] = {}
    for person, *what in rows:
        told.setdefault(person, []).append(tuple(what))
    return told


def kpi(world: World, name: str) -> tuple[Any, ...]:
    (told,) = world.query(
        f"""select sum(numerator), sum(denominator), sum(excluded) from marts.fct_kpi_daily
        where kpi_id = '{name}' and dimension = 'all'"""
    )
    return tuple(told)


def test_a_visit_was_enough_if_no_contact_followed(world: World) -> None:
    for person in ("ann", "bob", "cid", "dan", "eve", "fay", "gus"):
        reads(world, person, START)
    world.contact("bob", START + WEEK, channel="chat")
    world.contact("cid", START + WEEK + timedelta(microseconds=1))
    world.contact("dan", START - timedelta(minutes=1))
    world.contact("eve", START + timedelta(days=1), direction="outbound")
    world.contact("fay", START + timedelta(days=1), is_test=True)
    reads(world, "gus", START + timedelta(minutes=30))  # 30 minutes apart is a visit of its own
    reads(world, "gus", START + timedelta(minutes=59, seconds=59))
    world.contact("gus", START + timedelta(minutes=10))
    reads(world, "hal", START, is_bot=True)
    world.visit("ida", START, page_path="/prices")
    world.build("run", BUILT)
    told = visits(world)
    enough, not_enough = ("deflected", None), ("contacted", None)
    assert told == {
        "ann": [enough],
        "bob": [not_enough],
        "cid": [enough],
        "dan": [enough],
        "eve": [enough],
        "fay": [enough],
        "gus": [not_enough, enough],
    }
    assert kpi(world, "deflection_rate") == (6, 8, 0)


def test_a_young_visit_is_undecided_whatever_is_known(world: World) -> None:
    reads(world, "ann", AS_OF - WEEK)
    reads(world, "bob", AS_OF - WEEK + timedelta(microseconds=1))
    reads(world, "cid", AS_OF - timedelta(days=2))
    world.contact("cid", AS_OF - timedelta(days=1))
    world.build("run", BUILT)
    assert visits(world) == {
        "ann": [("deflected", None)],
        "bob": [(None, "pending")],
        "cid": [("contacted", "pending")],
    }
    assert kpi(world, "deflection_rate") == (1, 1, 2)
    later = AS_OF + timedelta(days=8)
    world.build("run", BUILT, later)
    assert kpi(world, "deflection_rate") == (2, 3, 0)


def test_a_conversation_is_contained_handed_over_or_left(world: World) -> None:
    end = START + timedelta(minutes=5)
    contained = world.contact("ann", START, "bot", outcome="self_service", closed_at=end)
    left = world.contact("bob", START, "bot", outcome="abandoned", closed_at=end)
    answered = world.contact("cid", START, "chat", outcome="answered", closed_at=end)
    queued = world.contact("dan", START, "call", outcome="abandoned", closed_at=end)
    going_on = world.contact("eve", START, "bot")
    by_agent = world.contact("fay", START, "chat", outcome="closed", closed_at=end)
    no_bot = world.contact("gus", START, "chat", outcome="answered", closed_at=end)
    tested = world.contact("hal", START, "bot", closed_at=end, is_test=True)
    for contact, actor in (
        (answered, "bot"),
        (by_agent, "bot"),
        (by_agent, "agent"),
        (no_bot, "agent"),
    ):
        world.add(
            "contact_events",
            contact_id=contact,
            occurred_at=START,
            kind="reply_public",
            actor=actor,
        )
    for kind in ("bot", "queue"):
        world.add("contact_segments", contact_id=queued, kind=kind, started_at=START, ended_at=end)
    built = world.build("run", BUILT)
    assert set(statuses(built).values()) == {"success"}
    told = {
        contact.removeprefix("shop/"): (outcome, reason)
        for contact, outcome, reason in world.query(
            "select contact_id, outcome, excluded_reason from marts.fct_self_service where kind = 'bot'"
        )
    }
    assert told == {
        contained: ("contained", None),
        left: ("abandoned", None),
        answered: ("handed_over", None),
        queued: ("handed_over", None),
        going_on: (None, "pending"),
        by_agent: ("handed_over", None),
        tested: ("contained", "test"),
    }
    assert kpi(world, "bot_containment_rate") == (1, 5, 2)


def test_who_cannot_be_told_is_counted(world: World) -> None:
    """A cookie that too many log in with is nobody's: its visits are left out with the reason."""
    for number in range(30):
        reads(
            world,
            f"p{number}",
            START + timedelta(hours=number),
            visitor_token="kiosk",
            login_token=f"p{number}",
        )
    world.visit(
        "nobody",
        START + timedelta(days=3),
        page_path="/help",
        visitor_token="kiosk",
        login_token=None,
    )
    world.build("run", BUILT)
    reasons = dict(
        world.query("select excluded_reason, count(*) from marts.fct_self_service group by all")
    )
    assert reasons["unknown_person"] >= 1
    assert sum(reasons.values()) == 31
