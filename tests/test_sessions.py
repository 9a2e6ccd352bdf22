"""Sessions by hand: midnight, clocks put forward and back, late events, engaged time, and machines."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from night_world import Event, Raw
from test_night import Dbt

LATER = datetime(2025, 12, 1)
BERLIN = {"reporting_zone": "Europe/Berlin"}


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    folder = tmp_path_factory.mktemp("sessions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_TEMP", str(folder / "tmp"))
        patch.setenv("CX_WAREHOUSE", str(folder / "warehouse.duckdb"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        yield Dbt(folder / "dbt")


@pytest.fixture
def warehouse(dbt: Dbt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv("CX_WAREHOUSE", str(path))
    return path


def _id(name: str) -> str:
    return hashlib.md5(name.encode()).hexdigest()


def at(moment: str, campaign: str | None = None) -> Event:
    """An event of one visitor at a moment of 2025, UTC: `03-29 23:50`."""
    told = datetime.strptime(f"2025-{moment}", "%Y-%m-%d %H:%M")
    return Event(id=_id(moment), visitor_token="c1", login_token=None, occurred_at=told,
                 utm_campaign=campaign)  # fmt: skip


def told(warehouse: Path, columns: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return con.execute(
            f"select {columns} from intermediate.int_sessions order by started_at"
        ).fetchall()


def cut(dbt: Dbt, warehouse: Path, *nights: list[Event], **variables: str) -> list[tuple[str, int]]:
    """(day in the reporting zone, events) of each session after these nights."""
    with duckdb.connect(str(warehouse)) as con:
        raw = Raw(con)
    for events in nights:
        with duckdb.connect(str(warehouse)) as con:
            raw.deliver(con, events)
        dbt.run(LATER, **variables)
    return [(f"{day:%m-%d}", count) for day, count in told(warehouse, "local_date, event_count")]


@pytest.mark.parametrize(
    ("moments", "sessions"),
    [
        # midnight ends no session, and its day is the one it began on
        (["03-10 23:50", "03-11 00:10", "03-11 00:35"], [("03-11", 3)]),
        (["03-10 22:50", "03-10 23:10"], [("03-10", 2)]),
        # put forward: from 01:50 to 03:10 on the wall are twenty minutes
        (["03-30 00:50", "03-30 01:10"], [("03-30", 2)]),
        # put back: from 02:50 to 02:25 on the wall are thirty-five
        (["10-26 00:50", "10-26 01:25"], [("10-26", 1), ("10-26", 1)]),
        # the day begins at 23:00 UTC in winter and at 22:00 in summer
        (["03-29 22:30", "03-30 22:30"], [("03-29", 1), ("03-31", 1)]),
    ],
)
def test_midnight_and_clocks_that_change(
    dbt: Dbt, warehouse: Path, moments: list[str], sessions: list[tuple[str, int]]
) -> None:
    assert cut(dbt, warehouse, [at(moment) for moment in moments], **BERLIN) == sessions


def test_a_late_event_joins_two_sessions_and_another_splits_them(dbt: Dbt, warehouse: Path) -> None:
    two = [at("05-01 10:00"), at("05-01 10:50")]
    assert cut(dbt, warehouse, two) == [("05-01", 1), ("05-01", 1)]
    warehouse.unlink()
    assert cut(dbt, warehouse, two, [at("05-01 10:25")]) == [("05-01", 3)]
    warehouse.unlink()
    by_ad = at("05-01 10:30", "spring")
    assert cut(dbt, warehouse, two, [at("05-01 10:25")], [by_ad]) == [("05-01", 2), ("05-01", 2)]


def test_engaged_time_counts_a_pause_of_five_minutes_at_most(dbt: Dbt, warehouse: Path) -> None:
    visit = [at(f"05-01 10:{minute:02}") for minute in (0, 1, 9, 14, 40)]
    cut(dbt, warehouse, [*visit, at("05-01 12:00"), at("05-01 13:00", "x"), at("05-01 13:02", "y")])
    assert told(warehouse, "engaged_seconds") == [(60 + 300 + 300 + 300,), (0,), (0,), (0,)]


@pytest.mark.parametrize(
    ("events", "days"), [(100_000, 2), pytest.param(1_000_000, 12, marks=pytest.mark.prove)]
)
def test_a_visitor_with_a_million_events_is_cut_and_flagged(
    dbt: Dbt, warehouse: Path, events: int, days: int
) -> None:
    with duckdb.connect(str(warehouse)) as con:
        raw = Raw(con)
        raw.deliver(con, [at("05-01 10:00"), Event(_id("p"), "c2", None, datetime(2025, 5, 1))])
        con.execute(f"""insert into raw_shop.events
            select e.* replace (md5(n::varchar) as id, uuid() as _key, uuid() as _hash,
                occurred_at + interval 1 second * n as occurred_at, 10 + n as _row)
            from raw_shop.events as e, range(1, {events}) as many(n) where visitor_token = 'c1'""")
    dbt.run(LATER)
    runaways = told(warehouse, "visitor_token, is_runaway, event_count")
    assert [row for row in runaways if row[0] == "c2"] == [("c2", False, 1)]
    heavy = [row for row in runaways if row[0] == "c1"]
    assert len(heavy) == days and all(is_runaway for _, is_runaway, _ in heavy)
    assert sum(count for *_, count in heavy) == events


def test_more_events_than_a_person_makes_are_a_runaway(dbt: Dbt, warehouse: Path) -> None:
    events = [at(f"05-01 10:{minute:02}") for minute in range(50)] + [at("05-01 15:00")]
    cut(dbt, warehouse, events, session_event_cap="49")
    assert told(warehouse, "event_count, is_runaway") == [(50, True), (1, False)]
