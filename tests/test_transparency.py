"""What customers see of their cases: silences, promised updates, status told unasked, messages a case."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from journey_world import AS_OF, Dbt, World, dbt_of_worlds

BUILT = "+fct_case_times +agg_case_times +fct_kpi_daily +fct_kpi_excluded"
START = datetime(2026, 5, 4, 9)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("transparency")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def case(world: World, *events: tuple[float, str, str], opened: datetime = START) -> str:
    """A ticket; each event is (hours after its opening, kind, actor)."""
    name = world.contact("ann", opened, "ticket")
    for hours, kind, actor in ((0, "created", "customer"), *events):
        at = opened + hours * HOUR
        world.add("contact_events", contact_id=name, occurred_at=at, kind=kind, actor=actor)
    return f"shop/{name}"


def figure(world: World, kpi: str) -> tuple[Any, ...]:
    """(numerator, denominator, reasons for leaving out) over all days."""
    (sums,) = world.query(
        "select cast(sum(numerator) as double), cast(sum(denominator) as double) "
        f"from marts.fct_kpi_daily where kpi_id = '{kpi}' and dimension = 'all'"
    )
    left_out = world.query(
        "select reason, cast(sum(n) as bigint) from marts.fct_kpi_excluded "
        f"where kpi_id = '{kpi}' and dimension = 'all' group by all"
    )
    return (*sums, dict(left_out))


def test_the_longest_silence_by_hand(world: World) -> None:
    told = {
        case(world, (2, "reply_public", "agent"), (9, "reply_public", "agent"),
             (10, "solved", "agent")): ("done", 2, 7),  # 2, 7, 1 hours
        case(world, (5, "solved", "agent")): ("done", 0, 5),  # nobody wrote a word
        case(world, (1, "reply_private", "agent"), (2, "reply_public", "bot"),
             (3, "reply_public", "customer"), (6, "solved", "agent")): ("done", 0, 6),
        case(world, (1, "reply_public", "agent"), (2, "solved", "agent"),
             (20, "reply_public", "agent")): ("done", 0, 1),  # what comes after the end; first of equals
        case(world, (3, "reply_public", "agent"), opened=AS_OF - 10 * HOUR): ("pending", 3, 7),
        case(world, (6, "reply_public", "agent"), opened=AS_OF - 10 * HOUR): ("pending", 0, 6),
        case(world, (1, "solved", "agent"), (4, "reopened", "customer"),
             opened=AS_OF - 9 * HOUR): ("pending", 0, 9),
    }  # fmt: skip
    world.build("run", BUILT)
    rows = world.query(
        "select contact_id, state, started_at, calendar_seconds, ended_at from marts.fct_case_times"
        " where measure = 'longest_silence'"
    )
    opened = dict(world.query("select contact_id, opened_at from marts.fct_contacts"))
    found = {
        name: (state, (began - opened[name]) / HOUR, seconds / 3600)
        for name, state, began, seconds, _ in rows
    }
    assert found == told
    assert all((ended is not None) == (state == "done") for _, state, _, _, ended in rows)
    assert figure(world, "longest_silence") == (19 * 3600, 4, {"pending": 3})
    (median,) = world.query(
        "select median_seconds from marts.agg_case_times"
        " where measure = 'longest_silence' and dimension = 'all' and done + pending = 7"
    )
    assert median == (7 * 3600,)  # 1, 5, 6, 6+, 7, 7+, 9+: survival is 0.357 after 7


def test_messages_of_a_case_by_hand(world: World) -> None:
    case(
        world, (0, "reply_public", "customer"), (1, "reply_public", "agent"), (2, "solved", "agent")
    )
    case(world, (1, "reply_public", "customer"), (2, "reply_public", "customer"),
         (3, "reply_private", "customer"), (4, "solved", "agent"))  # fmt: skip
    case(world, (1, "reply_public", "customer"))
    case(world, (1, "closed", "system"))
    world.build("run", BUILT)
    assert figure(world, "contacts_per_case") == (1 + 3 + 1, 3, {"pending": 1})


def test_status_is_told_or_asked(world: World) -> None:
    for direction, reason, category, is_test in (
        ("outbound", "Order status", None, False),
        ("inbound", "billing", "STATUS", False),
        ("inbound", "status", None, False),
        (None, "status", None, False),
        ("outbound", "status", None, True),
        ("outbound", "billing", None, False),
    ):
        told = {"direction": direction, "reason": reason, "category": category, "is_test": is_test}
        world.contact("ann", START, **told)
    world.build("run", BUILT)
    assert figure(world, "status_told_rate") == (1, 3, {"unknown_direction": 1, "test": 1})
