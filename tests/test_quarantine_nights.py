"""Whole nights: a contract mended between them, and rows that come late, by what is published."""

import contextlib
import gzip
import json
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from homes import AS_OF, Demo, Home

SALESFORCE = Path(__file__).parents[1] / "dbt_project" / "models" / "staging" / "salesforce"
TIER = "{meta: {from: Tier__c}}"
AMOUNT = "{meta: {from: Amount}}"

pytestmark = pytest.mark.prove


def own_pack(folder: Path, *, mended: bool) -> None:
    """The shipped Salesforce pack as a user's own, called crm."""
    pack = folder / "crm"
    pack.mkdir(parents=True, exist_ok=True)
    for path in SALESFORCE.iterdir():
        text = path.read_text().replace("salesforce", "crm")
        if mended:
            text = text.replace(TIER, "{meta: {from: Tier__c, names: [Level__c]}}")
            text = text.replace(AMOUNT, '{meta: {from: Amount, codes: {"12,9o EUR": "12.90"}}}')
        (pack / path.name.replace("salesforce", "crm")).write_text(text)


def crm_home(folder: Path, demo: Demo, *, mended: bool) -> Home:
    """A home of the demo's CRM extracts, of which one has a renamed column."""
    own_pack(folder / "packs", mended=mended)
    home = Home(folder / "home")
    home.cx("init", "--sources", "salesforce", "--key-file", str(demo.key))
    toml = home.path / "cx.toml"
    told = toml.read_text().replace('sources = ["salesforce"]', 'sources = ["crm"]')
    toml.write_text(f'pack_paths = ["{folder / "packs"}"]\n' + told)
    shutil.rmtree(home.landing / "salesforce")
    shutil.copytree(demo.landing / "salesforce", home.landing / "crm")
    (contacts,) = (home.landing / "crm").glob("Contact*.csv")
    contacts.write_text(contacts.read_text().replace("Tier__c", "Level__c", 1))
    return home


def raw_hashes(home: Home) -> dict[str, Any]:
    """Content of each raw table, whatever came when."""
    with home.warehouse() as con:
        tables = con.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw_crm' "
            "and table_name not like '%superseded'"
        ).fetchall()
        return {
            name: con.execute(
                f"select count(*), bit_xor(md5_number_lower(r::varchar)) from "
                f"(select * exclude (_row, _load, _line) from raw_crm.{name}) as r"
            ).fetchone()
            for (name,) in tables
        }


def test_after_a_replay_the_marts_are_those_of_the_mended_contract(
    demo: Demo, tmp_path: Path
) -> None:
    home = crm_home(tmp_path / "later", demo, mended=False)
    home.cx("run", "--as-of", AS_OF, expect=1)  # the contacts stand aside
    before = home.manifest["content_hash"]
    own_pack(tmp_path / "later" / "packs", mended=True)
    told = home.cx("replay", "crm", "--json").told
    assert (told["rows_moved"], told["files_no_longer_aside"]) == (1, 1)
    assert told["cannot_be_replayed"] == [] and home.manifest["content_hash"] == before
    told = home.cx("replay", "--json").told
    assert (told["rows_moved"], told["files_no_longer_aside"]) == (0, 0)
    home.cx("run", "--as-of", AS_OF)
    start = crm_home(tmp_path / "start", demo, mended=True)
    start.cx("run", "--as-of", AS_OF)
    assert raw_hashes(home) == raw_hashes(start)
    assert home.manifest["content_hash"] == start.manifest["content_hash"] != before


def events_of(path: Path) -> list[dict[str, Any]]:
    """The events of a delivered file that are whole."""
    found = []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if str(event["event_timestamp"]).isdigit():
                    found.append(event)
    return found


def moment(event: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(event["event_timestamp"]) / 1e6, UTC).replace(tzinfo=None)


def put_back(event: dict[str, Any], by: timedelta) -> None:
    us = int(event["event_timestamp"]) - by // timedelta(microseconds=1)
    event["event_timestamp"] = str(us)


def write(path: Path, events: Iterable[dict[str, Any]]) -> None:
    with gzip.open(path, "wt") as lines:
        lines.writelines(json.dumps(event) + "\n" for event in events)


def test_rows_an_hour_three_days_and_sixty_days_late(demo: Demo, tmp_path: Path) -> None:
    """The last night's events, three of them with their clocks put back, beside a file again."""
    *earlier, last = sorted((demo.landing / "ga4").glob("events_*.gz"))
    day = datetime.strptime(last.name[7:15], "%Y%m%d")
    before = [event for path in earlier for event in events_of(path)]
    reached = max(moment(event) for event in before if moment(event) < day)
    tonight = [e for e in events_of(last) if moment(e) >= day][:50]
    shifts = [timedelta(hours=1), timedelta(days=3), timedelta(days=60)]
    for event, by in zip(tonight, shifts, strict=False):
        event["event_timestamp"] = str(int(day.replace(tzinfo=UTC).timestamp() * 1e6))
        put_back(event, by)
    late = [event for event in tonight if moment(event) < reached]
    assert len(late) == 3
    later = day + timedelta(days=1)
    hours = sorted(int((later - moment(event)) / timedelta(hours=1)) for event in late)
    assert hours == [25, 24 * 4, 24 * 61]

    def delivered(name: str, *, at_once: bool) -> Home:
        home = Home(tmp_path / name)
        home.cx("init", "--sources", "ga4", "--key-file", str(demo.key))
        for path in earlier:
            shutil.copy(path, home.landing / "ga4")
        if not at_once:
            home.cx("run", "--as-of", day.date().isoformat(), expect=None)
        write(home.landing / "ga4" / last.name, tonight)
        write(
            home.landing / "ga4" / earlier[-1].name.replace("events_", "events_again_"),
            events_of(earlier[-1]),
        )
        home.cx("run", "--as-of", later.date().isoformat(), expect=None)
        return home

    home = delivered("nights", at_once=False)
    with home.marts() as marts:
        ((*counts, p50, p95, most, first, to),) = marts.execute(
            """select row_count, late_count, late_beyond_horizon_count, restated_count, held_count,
                lateness_days_p50, lateness_days_p95, lateness_days_max,
                first_restated_date, last_restated_date
            from process.meta_late_data where arrival_date = ?""",
            [later.date()],
        ).fetchall()
        assert marts.execute("select count(*) from process.meta_late_data").fetchall() == [(2,)]
    assert counts == [len(tonight), 3, 1, 0, 0]
    assert [p50, p95, most] == [4, 61, 61]
    assert (first, to) == ((day - shifts[2]).date(), (day - shifts[0]).date())
    whole = delivered("at_once", at_once=True)
    assert home.manifest["content_hash"] == whole.manifest["content_hash"]
