"""Rows 53 to 57: dates that read two ways, offsets, hours that are skipped or come twice, clocks."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from small_home import CONTRACT, NOW, SmallHome, event
from undisturbed import balanced, content, converges, mended, one_line, rejected, shop, undisturbed

NEW_YORK = ZoneInfo("America/New_York")
HEAD = "line\tcalled_on\tbegan_at\tseconds\nl\td\tb\ts\n"


def calls(tmp_path: Path, zone: str = "America/New_York", day: str = "%y%m%d") -> SmallHome:
    told = CONTRACT.replace("Europe/Berlin", zone).replace("%y%m%d", day)
    return shop(tmp_path, "calls", contract=told)


def began(home: SmallHome, name: str, *times: str, day: str = "260308") -> str | None:
    rows = (f"A{n}\t{day}\t{told}\t1\n" for n, told in enumerate(times))
    home.drop(name, HEAD + "".join(rows))
    told = home.land_one()
    assert (told.status, told.accepted) == ("loaded", len(times))
    if told.reason:
        one_line(told)
    return told.reason


def stored(home: SmallHome, column: str = "began_at") -> list[datetime]:
    return [
        told for (told,) in home.query(f"select {column} from raw_shop.calls order by _load, _line")
    ]


def test_fault_53_dates_are_read_by_the_contract(tmp_path: Path) -> None:
    """03/04 is the 3rd of April where the contract says so; 13/04 cannot be meant otherwise."""
    home = calls(tmp_path, day="%d/%m/%Y")
    home.drop("calls_1.tsv", HEAD + "A\t03/04/2026\t\t1\nB\t13/04/2026\t\t1\nC\t04/13/2026\t\t1\n")
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (2, 1)
    assert rejected(home) == [(5, "called_on", "is not a date in %d/%m/%Y")]
    assert stored(home, "called_on") == [date(2026, 4, 3), date(2026, 4, 13)]
    mended(
        home, "calls_1.tsv", HEAD + "A\t03/04/2026\t\t1\nB\t13/04/2026\t\t1\nC\t13/04/2026\t\t1\n"
    )


def test_fault_53_dates_that_are_in_order_only_the_other_way(tmp_path: Path) -> None:
    home = calls(tmp_path, day="%d/%m/%Y")
    days = [date(2026, 1, 2) + timedelta(days=29 * n) for n in range(12)]
    days = [day.replace(day=day.day % 12 + 1) for day in days]
    days.sort()
    rows = "".join(f"A\t{day:%m/%d/%Y}\t\t{n}\n" for n, day in enumerate(days))
    home.drop("calls_1.tsv", HEAD + rows)
    one_line(home.land_one(), "every date of column called_on reads as %m/%d/%Y too", "check the")
    rows = "".join(f"B\t{day:%d/%m/%Y}\t\t{n}\n" for n, day in enumerate(days))
    home.drop("calls_2.tsv", HEAD + rows)
    assert home.land_one().reason is None
    balanced(home)


def test_fault_54_offsets_z_and_naive_times(tmp_path: Path) -> None:
    home = calls(tmp_path)
    told = ("2026-07-01 12:00:00", "2026-07-01T16:00:00Z", "2026-07-02 00:00:00+08:00",
            "2026-07-01 12:00:00-04", "2026-07-01T21:30:00+0530")  # fmt: skip
    assert began(home, "calls_1.tsv", *told) is None
    assert stored(home) == [datetime(2026, 7, 1, 16)] * len(told)
    assert converges(home) == []


def test_fault_55_the_hour_that_clocks_skip(tmp_path: Path) -> None:
    home = calls(tmp_path)
    told = began(home, "calls_1.tsv", "2026-03-08 01:59:59", "2026-03-08 02:30:00",
                 "2026-03-08 03:00:00", "2026-03-08 02:30:00-05:00")  # fmt: skip
    assert "1 times of column began_at are in the hour that clocks skip in America" in (told or "")
    assert "count as one later; deliver them with their offset" in (told or "")
    assert stored(home)[1] == stored(home)[3] == datetime(2026, 3, 8, 7, 30)
    assert converges(home) == []


def test_fault_55_the_hour_that_comes_twice(tmp_path: Path) -> None:
    home = calls(tmp_path)
    told = began(home, "calls_1.tsv", "2026-11-01 00:59:59", "2026-11-01 01:30:00",
                 "2026-11-01 02:00:00", "2026-11-01 01:30:00-04:00",
                 "2026-11-01 01:30:00-05:00", day="261101")  # fmt: skip
    assert "1 times of column began_at are in the hour that comes twice" in (told or "")
    first, second = datetime(2026, 11, 1, 5, 30), datetime(2026, 11, 1, 6, 30)
    assert stored(home)[1] == second  # the naive one: marked, and the later of both
    assert stored(home)[3:] == [first, second]
    assert converges(home) == []


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25)])
def test_fault_55_short_and_long_days_keep_their_hours(
    tmp_path: Path, day: date, hours: int
) -> None:
    home = calls(tmp_path)
    start = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK).astimezone(UTC)
    local = [(start + timedelta(hours=n)).astimezone(NEW_YORK) for n in range(26)]
    told = began(home, "calls_1.tsv", *(f"{at:%Y-%m-%d %H:%M:%S%z}" for at in local))
    assert told is None
    assert home.query(
        "select count(distinct began_at) from raw_shop.calls where cast("
        "timezone('America/New_York', timezone('UTC', began_at)) as date) = ?",
        [day],
    ) == [(hours,)]


@pytest.fixture
def elsewhere() -> Iterator[None]:
    """The host's clock stands in Shanghai."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Shanghai"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


EDGES = ("2026-02-28 23:59:59", "2026-12-31 23:59:59", "2027-01-01 00:00:00", "2028-02-29 12:00:00",
         "2026-12-28 00:00:00", "2027-01-03 23:59:59")  # fmt: skip


def test_fault_56_the_hosts_zone_and_edges_of_the_calendar(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    home = calls(tmp_path)
    assert began(home, "calls_1.tsv", *EDGES) is None
    request.getfixturevalue("elsewhere")
    assert content(undisturbed(home)) == content(home)


def test_fault_57_events_of_the_future_land_and_are_not_quarantined(tmp_path: Path) -> None:
    """They are held by the models until their day; a clock that steps back keeps loads in order."""
    home = shop(tmp_path, "events")
    ahead = int((datetime(2027, 3, 1) - datetime(2026, 11, 1)).total_seconds()) * 1_000_000
    home.events("events_1.ndjson", [event(0), event(ahead)])
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (2, 0)
    home.events("events_2.ndjson", [event(1)])
    home.land(now=NOW - timedelta(hours=3))
    assert home.query("select load, loaded_at from landing.loads order by load") == [
        (1, NOW),
        (2, NOW - timedelta(hours=3)),
    ]
    assert converges(home) == []
