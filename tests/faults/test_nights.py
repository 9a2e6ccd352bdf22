"""Rows 20 and 23 on whole nights: events that come late, and a day's file that does not come."""

import gzip
import json
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from homes import Home

LAST = date(2026, 6, 30)  # of the sample's 90 days
LATE = (timedelta(hours=1), timedelta(days=3), timedelta(days=60))  # the last beyond the horizon
NewHome = Callable[..., Home]

pytestmark = pytest.mark.prove


def as_of(days: int) -> str:
    return str(LAST + timedelta(days=days))


def sampled(home: Home) -> None:
    """A home of web and survey extracts."""
    home.cx("sample", "--events", "2000", "--seed", "3")
    for folder in home.landing.iterdir():
        if folder.name not in ("ga4", "qualtrics"):
            shutil.rmtree(folder)


def events(home: Home) -> dict[Path, list[str]]:
    """The lines of each file of web events."""
    return {
        path: gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
        for path in sorted((home.landing / "ga4").iterdir())
    }


def at(line: str) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=int(json.loads(line)["event_timestamp"]))


def write(path: Path, lines: list[str]) -> None:
    path.write_bytes(gzip.compress("".join(lines).encode()))


def hashes(home: Home) -> dict[str, str]:
    tables = home.manifest["tables"].items()
    return {name: told["content_hash"] for name, told in tables if told["kind"] == "mart"}


def test_fault_20_late_events_restate_their_days(tmp_path: Path, new_home: NewHome) -> None:
    """An hour, three days and sixty days late, they stand where they had stood in time."""
    home, key = new_home("late", sources="ga4,qualtrics"), tmp_path / "late/state/keys/token.key"
    sampled(home)
    lines = [line for told in events(home).values() for line in told]
    newest = max(map(at, lines))
    late = [max((one for one in lines if at(one) <= newest - by), key=at) for by in LATE]
    in_time = new_home("in_time", sources="ga4,qualtrics", key=key)
    shutil.copytree(home.landing, in_time.landing, dirs_exist_ok=True)
    for path, told in events(home).items():
        write(path, [line for line in told if line not in late])
    home.cx("run", "--as-of", as_of(1))
    before = hashes(home)
    write(home.landing / "ga4" / f"events_{LAST + timedelta(days=1):%Y%m%d}.ndjson.gz", late)
    home.cx("run", "--as-of", as_of(2))
    in_time.cx("run", "--as-of", as_of(2))
    assert hashes(home)["fct_sessions"] != before["fct_sessions"]
    told = {name: (digest, hashes(home)[name]) for name, digest in hashes(in_time).items()}
    # How late they came is the one thing in which the two homes differ.
    differ = {name for name, (one, other) in told.items() if one != other}
    assert differ == set(), differ
    with home.warehouse() as con:
        ledger = con.execute(
            "select sum(rows) from landing.lateness where kind = 'late' and source = 'ga4'"
        ).fetchone()
    assert ledger == (len(set(late)),)


def test_fault_23_a_day_without_its_file_is_told_and_others_go_on(new_home: NewHome) -> None:
    home = new_home(sources="ga4,qualtrics")
    sampled(home)
    aside = home.path / "answers.csv"
    (answers,) = (home.landing / "qualtrics").glob("responses_*.csv")
    text = answers.read_text()
    last = text.rstrip("\n").rsplit("\n", 1)[-1]
    answers.write_text(text.replace(last + "\n", ""))
    aside.write_text(text)
    for path, lines in events(home).items():
        kept = [line for line in lines if at(line).date() <= LAST - timedelta(days=3)]
        write(path, kept) if kept else path.unlink()
    told = home.cx("run", "--as-of", as_of(1), "--json").told
    assert told["exit_code"] == 0 and told["published"]
    fresh = {c["check"]: c for c in home.manifest["checks"] if c["check"].startswith("fresh")}
    assert not fresh["fresh ga4.events"]["passed"], fresh
    reach = home.manifest["data_through"]["ga4"]
    assert str(LAST - timedelta(days=4)) < reach < str(LAST - timedelta(days=1))
    shutil.move(aside, answers.with_name(f"responses_{LAST + timedelta(days=1):%Y%m%d}.csv"))
    told = home.cx("run", "--as-of", as_of(2), "--json").told
    assert [file["accepted"] for file in told["files"] if file["status"] == "loaded"] == [1]
    assert told["published"] and home.manifest["data_through"]["ga4"] == reach
