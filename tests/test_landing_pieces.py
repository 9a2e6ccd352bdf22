"""However rows are cut into files, and files into pieces, the same rows land at the same places."""

import gzip
import random
import shutil
from pathlib import Path

import pytest
from small_home import SmallHome, event, small_home

from cx_pipeline.landing import decode


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return small_home(tmp_path)


def piece_size(monkeypatch: pytest.MonkeyPatch, size: int, block: int) -> None:
    """Files of a few KB in several pieces, as files of many MB are."""
    told = {"quote": "", "signs": None, "size": size}
    monkeypatch.setattr(decode.pieces, "__kwdefaults__", told)
    monkeypatch.setattr("cx_pipeline.landing.unpack._BLOCK", block)


def test_split_shuffled_and_repeated_files_say_the_same(tmp_path: Path) -> None:
    chance = random.Random(3)
    events = [event(n * 1000, cookie=f"c.{n % 7}") for n in range(300)]
    whole = small_home(tmp_path / "whole")
    whole.events("events.ndjson", events)
    whole.land()
    for k in (2, 5):
        home = small_home(tmp_path / str(k))
        shutil.copy(whole.settings.token_key_file, home.settings.token_key_file)
        mixed = [*events, *chance.sample(events, 60)]
        chance.shuffle(mixed)
        for night in range(k):
            home.events(f"events_{night}.ndjson", mixed[night::k])
            (told,) = home.land()
            assert told.rows_read == told.accepted + told.duplicate + told.quarantined
        assert home.content("events") == whole.content("events")


def test_files_read_as_one_say_what_each_says_by_itself(tmp_path: Path) -> None:
    def deliver(home: SmallHome, number: int) -> None:
        rows = [event(number * 10_000 + n) for n in range(5)]
        if number == 4:
            rows[2] |= {"ts": "noon"}
        path = home.events(f"events_{number}.ndjson", rows)
        if number == 6:
            path.write_text(path.read_text() + '{"broken": \n')
        if number == 3:
            shutil.copy(home.folder / "events_2.ndjson", path)
        if number == 8:
            path.write_text("")

    alone, together = small_home(tmp_path / "alone"), small_home(tmp_path / "together")
    shutil.copy(alone.settings.token_key_file, together.settings.token_key_file)
    for number in range(1, 10):
        deliver(alone, number)
        alone.land()
        deliver(together, number)
    together.land()
    assert alone.content("events") == together.content("events")
    for told in (
        "select file_name, status, rows_read, accepted, quarantined, duplicate from landing.loads "
        "order by file_name",
        "select file_name, profile, min_time from landing.loads where accepted > 0 order by all",
        "select file_name, line, column_name, reason, raw_redacted from landing.quarantine order by all",
        "select _time, _line from raw_shop.events order by all",
    ):
        assert alone.query(told) == together.query(told)
    assert together.query("select sum(accepted), sum(quarantined) from landing.loads") == [(34, 2)]


def test_rows_and_lines_stay_together_over_many_pieces(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece_size(monkeypatch, 400, 256)
    rows = [f'{n},N,n{n}@mail.example,,"two\nlines, {n}",2026-11-01,{n},,' for n in range(1, 60)]
    home.people("People.csv", *rows)
    assert home.land_one().accepted == 59
    lines = home.query("select amount, _line, note from raw_shop.people order by amount")
    assert [(int(a), line) for a, line, _ in lines] == [(n, 2 * n) for n in range(1, 60)]
    assert lines[4][2] == "two\nlines, 5"


def test_broken_lines_keep_their_place_in_json_of_many_pieces(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece_size(monkeypatch, 2000, 700)
    path = home.events("events_1.ndjson", [event(n) for n in range(60)])
    lines = path.read_text().splitlines()
    lines[9], lines[44] = '{"cut":', "[1]"
    lines[20] = lines[20].replace("page_view", "long" * 2000)  # longer than a piece
    home.drop("events_1.ndjson", "\n".join(lines))
    told = home.land_one()
    assert (told.rows_read, told.accepted, told.quarantined) == (60, 58, 2)
    assert home.query("select line from landing.quarantine order by 1") == [(10,), (45,)]
    rows = home.query("select _line from raw_shop.events order by happened_at")
    assert [line for (line,) in rows] == [n for n in range(1, 61) if n not in (10, 45)]


def test_two_pieces_and_none_are_not_two_files(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece_size(monkeypatch, 2000, 700)
    whole = home.events("events_1.ndjson", [event(n) for n in range(10)])
    assert 2000 < whole.stat().st_size < 4000
    home.drop("events_2.ndjson.gz", gzip.compress(b""))
    told = {outcome.file.rpartition("/")[2]: outcome for outcome in home.land()}
    assert (told["events_1.ndjson"].accepted, told["events_2.ndjson.gz"].accepted) == (10, 0)
    assert home.query("select _load, _line from raw_shop.events order by _line") == [
        (told["events_1.ndjson"].load, line) for line in range(1, 11)
    ]


def test_equal_rows_without_a_key_stay_apart_over_many_pieces(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece_size(monkeypatch, 400, 256)
    head = "line\tcalled_on\tbegan_at\tseconds\nn\td\tb\ts\n"
    home.drop("calls_1.tsv", head + "0800\t261101\t2026-11-01 10:00:00\t30\n" * 60)
    assert home.land_one().accepted == 60
    rows = home.query("select count(distinct _key), count(distinct _hash) from raw_shop.calls")
    assert rows == [(60, 1)]


def test_a_file_of_many_pieces_that_is_refused_at_its_end_leaves_nothing(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece_size(monkeypatch, 400, 256)
    rows = [f"{n},N,n{n}@mail.example,,note,2026-11-01,{n},,\n".encode() for n in range(60)]
    rows[50:] = [row.replace(b"note", b"M\xfcller") for row in rows[50:]]
    path = home.people("People.csv")
    home.drop("People.csv", path.read_bytes() + b"".join(rows))
    told = home.land_one()
    assert (told.status, told.rows_read) == ("aside", 0)
    assert "16.7% of its rows are not utf-8" in str(told.reason)
    assert [path for path in home.settings.archive.rglob("*") if path.is_file()] == []
