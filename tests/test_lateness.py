"""The late-data ledger counts each row once, by the day it came and how late it was."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_home import CONTRACT, NOW, SmallHome, event, small_home

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing.load import land, take_out
from cx_pipeline.warehouse import connect

FIRST = date(2026, 11, 2)  # events of small_home happened on the day before
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000
A_DAY = [10 * k * MINUTE for k in range(144)]  # until 23:50

Kinds = dict[str, dict[int | None, int]]


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    home = small_home(tmp_path)
    arrive(home, 0, "events_0.ndjson", [event(at) for at in A_DAY])
    return home


def arrive(home: SmallHome, day: int, name: str, events: Sequence[dict[str, Any]]) -> None:
    """Land these events, so many days after the first."""
    home.events(name, events)
    night(home, day)


def night(home: SmallHome, day: int) -> None:
    as_of = FIRST + timedelta(days=day)
    land(home.settings, home.packs, run_id=f"night {day}", now=NOW, as_of=as_of)


def ledger(home: SmallHome, day: int) -> Kinds:
    """Rows that arrived on the day: by kind, and by hours of lateness."""
    rows = home.query(
        "select kind, hours_late, sum(rows) from landing.lateness where arrived_on = ? "
        "group by all order by all",
        [FIRST + timedelta(days=day)],
    )
    told: Kinds = {}
    for kind, hours, count in rows:
        told.setdefault(kind, {})[hours] = count
    return told


def span(home: SmallHome, day: int, kind: str) -> list[tuple[Any, ...]]:
    return home.query(
        "select min(first_at), max(last_at) from landing.lateness where arrived_on = ? and kind = ?",
        [FIRST + timedelta(days=day), kind],
    )


def test_what_comes_first_is_never_late(home: SmallHome) -> None:
    """However old it is: nothing of that day had been told. Nor is a second run of the day."""
    arrive(home, 0, "events_1.ndjson", [event(-90 * DAY), event(-HOUR)])
    assert ledger(home, 0) == {"in time": {None: len(A_DAY) + 2}}


def test_an_hour_three_days_and_sixty_days(home: SmallHome) -> None:
    """The second night's rows, and three known ones with their clocks put back."""
    put_back = {DAY + 35 * MINUTE: HOUR, DAY + 45 * MINUTE: 3 * DAY, DAY + 55 * MINUTE: 60 * DAY}
    in_time = [event(DAY + at) for at in A_DAY]
    late = [event(at - by) for at, by in put_back.items()]
    arrive(home, 1, "events_1.ndjson", late + in_time)
    assert ledger(home, 1) == {
        "in time": {None: len(A_DAY)},
        "late": {24: 1, 23 + 72: 1, 23 + 1440: 1},
    }
    assert span(home, 1, "late") == [(datetime(2026, 9, 3, 0, 55), datetime(2026, 11, 1, 23, 35))]


def test_a_row_delivered_again_is_a_duplicate_and_no_late_one(home: SmallHome) -> None:
    arrive(home, 1, "events_1.ndjson", [event(DAY)])
    arrive(home, 2, "events_2.ndjson", [event(at) for at in A_DAY] + [event(2 * DAY)])
    assert ledger(home, 2) == {"in time": {None: 1}}
    arrive(home, 3, "events_3.ndjson", [event(at) for at in A_DAY])
    assert ledger(home, 3) == {}


def test_other_content_of_a_known_key_restates_its_day(home: SmallHome) -> None:
    changed = [event(10 * MINUTE, device={"category": "tablet"}), event(DAY)]
    arrive(home, 1, "events_1.ndjson", changed)
    assert ledger(home, 1) == {"in time": {None: 1}, "restated": {None: 1}}
    assert span(home, 1, "restated") == [(datetime(2026, 11, 1, 0, 10),) * 2]
    home.people("People_1.csv", "1,A,a@mail.example,,,2026-11-01,1,,")
    night(home, 1)
    home.people("People_2.csv", "1,A,a@mail.example,,,2026-11-04,2,,")
    night(home, 3)
    assert ledger(home, 3) == {"restated": {None: 1}}
    both = (datetime(2026, 11, 1), datetime(2026, 11, 4))  # the day it stood on, and the new one
    assert span(home, 3, "restated") == [both]


def test_a_snapshot_named_by_its_file_restates_nothing(home: SmallHome) -> None:
    for day in (1, 2):
        home.drop(f"stock_2026110{day}.csv", "sku,title\n1,Kettle\n2,Pot\n")
        night(home, day)
        assert ledger(home, day) == {"in time": {None: 2}}


def test_rows_before_their_time_are_held_and_make_no_other_late(home: SmallHome) -> None:
    arrive(home, 1, "events_1.ndjson", [event(DAY), event(2 * DAY), event(9 * DAY)])
    assert ledger(home, 1) == {"in time": {None: 1}, "held": {None: 2}}
    arrive(home, 2, "events_2.ndjson", [event(2 * DAY + 1), event(MINUTE)])
    assert ledger(home, 2) == {"in time": {None: 1}, "late": {71: 1}}


def test_a_mended_contract_lets_arrive_what_waited_and_nothing_else(home: SmallHome) -> None:
    bad = event(DAY + MINUTE, session="many")
    bad["event_params"][1]["value"] = {"string_value": "many"}
    arrive(home, 1, "events_1.ndjson", [event(DAY), bad, event(MINUTE)])
    assert ledger(home, 1) == {"in time": {None: 1}, "late": {47: 1}}
    before = home.query("select * exclude (load) from landing.lateness order by all")
    arrive(home, 2, "events_2.ndjson", [event(2 * DAY)])
    pack = home.packs[0].folder
    text = CONTRACT.replace("{name: session, data_type: bigint,", "{name: session,")
    (pack / "_shop__sources.yml").write_text(text)
    mended = SmallHome(home.settings, (load_pack(pack),))
    night(mended, 3)
    assert mended.query("select count(*) from raw_shop.events") == [(len(A_DAY) + 4,)]
    assert ledger(mended, 3) == {"late": {71: 1}}
    after = mended.query(
        "select * exclude (load) from landing.lateness where arrived_on <= ? order by all",
        [FIRST + timedelta(days=1)],
    )
    assert after == before
    loads = mended.query(
        "select count(*) from landing.lateness where load not in (select load from landing.loads)"
    )
    assert loads == [(0,)]


def test_a_refused_batch_has_not_arrived(home: SmallHome) -> None:
    arrive(home, 1, "events_1.ndjson", [event(DAY), event(MINUTE)])
    with connect(home.settings.warehouse_file) as con:
        take_out(con, 2)
    assert ledger(home, 1) == {}
