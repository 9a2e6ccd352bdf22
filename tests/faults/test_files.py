"""Rows 16 to 28, 31, 32: files that come twice, too late, too early, broken, or meant to harm."""

import gzip
import io
import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from packed import PACK, one_zip, zipped
from small_home import SmallHome, event
from undisturbed import (
    Bad,
    balanced,
    content,
    converges,
    one_line,
    shop,
    stand_aside,
)

from cx_pipeline.landing import unpack
from cx_pipeline.landing.verify import sha256_of
from cx_pipeline.privacy.keys import make_key

HEAD = "Id,Name,Email,SystemModstamp,Amount"
ANNA = "1,Anna Vogel,anna@mail.example,2026-11-01,12.50"
BERT = "2,Bert Roth,bert@mail.example,2026-11-02,7"
TEXT = f"{HEAD}\n{ANNA}\n{BERT}\n"


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return shop(tmp_path, "people")


@pytest.fixture
def started(home: SmallHome) -> SmallHome:
    """With one good delivery: what has to stay as it is."""
    home.drop("People_0.csv", f"{HEAD}\n9,Cleo,c@mail.example,2026-10-31,1\n")
    assert home.land_one().accepted == 1
    return home


def packed(text: str | bytes) -> bytes:
    return gzip.compress(text.encode() if isinstance(text, str) else text, mtime=0)


# ---- 16, 17, 18: delivered again ---------------------------------------------------------------


def test_fault_16_delivered_twice_under_its_name(home: SmallHome) -> None:
    path = home.drop("People_1.csv", TEXT)
    assert home.land_one().accepted == 2
    before = content(home)
    assert home.land() == []
    path.write_text(TEXT)  # anew: another time of writing, the same bytes
    told = home.land_one()
    assert (told.status, told.rows_read, told.accepted, told.duplicate) == ("loaded", 2, 0, 2)
    one_line(told, "the same bytes were landed before")
    assert content(home) == before
    assert converges(home, once_more=True) == []


def test_fault_17_delivered_twice_under_another_name_or_packing(home: SmallHome) -> None:
    path = home.drop("People_1.csv", TEXT)
    assert home.land_one().accepted == 2
    before = content(home)
    shutil.copy(path, home.folder / "People_copy.csv")
    home.drop("People_again.csv.gz", TEXT)
    home.drop("People_harder.csv.gz", gzip.compress(TEXT.encode(), 1))
    home.drop("sub/People_crlf.csv", TEXT.replace("\n", "\r\n"))
    for told in home.land():
        assert (told.status, told.rows_read, told.accepted, told.duplicate) == ("loaded", 2, 0, 2)
    assert content(home) == before
    balanced(home)
    assert converges(home) == []


def test_fault_18_a_restatement_keeps_history_and_the_version_decides(tmp_path: Path) -> None:
    """One name, other content: the later version is the row that stands, the older one is kept."""
    homes = [shop(tmp_path / str(n), "people", "events") for n in range(2)]
    shutil.copy(homes[0].settings.token_key_file, homes[1].settings.token_key_file)
    later = TEXT.replace("2026-11-01,12.50", "2026-11-03,99")
    for home, order in zip(homes, ((TEXT, later), (later, TEXT)), strict=True):
        for text in order:
            home.drop("People.csv", text)
            assert home.land_one().status == "loaded"
        assert home.query(
            "select amount, _version = max(_version) over (partition by _key) from raw_shop.people "
            "where amount <> 7 order by amount"
        ) == [(12.5, False), (99, True)]
        home.events("events.ndjson", [event(0)])
        home.land_one()
        home.events("events.ndjson", [event(0, device={"category": "tv"})])
        assert home.land_one().conflicts == 1
        assert home.query("select count(*) from raw_shop.events__superseded") == [(1,)]
        balanced(home)
    assert content(homes[0]) == content(homes[1])


# ---- 19, 21, 22: windows and orders ------------------------------------------------------------


def test_fault_19_overlapping_windows_count_once(tmp_path: Path) -> None:
    home = shop(tmp_path, "events")
    for night, start in enumerate((0, 60, 120)):  # a hundred a file, forty of them again
        home.events(f"events_{night}.ndjson", [event(n) for n in range(start, start + 100)])
        told = home.land_one()
        assert (told.accepted, told.duplicate) == ((100, 0) if night == 0 else (60, 40))
    assert home.query("select count(*), count(distinct happened_at) from raw_shop.events") == [
        (220, 220)
    ]
    assert converges(home) == []


def test_fault_21_files_in_any_order(tmp_path: Path) -> None:
    days = [
        [event(day * 100 + n, device={"category": f"d{day}"}) for n in range(9)] for day in range(3)
    ]
    days[2] += [*days[0][:3], event(0, device={"category": "restated"})]
    told = set()
    key = tmp_path / "token.key"
    make_key(key)
    for number, order in enumerate(((0, 1, 2), (2, 0, 1), (1, 2, 0))):
        home = shop(tmp_path / str(number), "events")
        shutil.copy(key, home.settings.token_key_file)
        for day in order:
            home.events(f"events_{day}.ndjson", days[day])
            home.land_one()
        balanced(home)
        told.add(str(content(home)))
    assert len(told) == 1


def test_fault_22_rows_at_exactly_the_last_timestamp(tmp_path: Path) -> None:
    """A file is known by its bytes, never by a cursor: equal moments in two files all land."""
    home = shop(tmp_path, "events")
    home.events("events_1.ndjson", [event(7, cookie="c.1"), event(7, cookie="c.2")])
    assert home.land_one().accepted == 2
    home.events("events_2.ndjson", [event(7, cookie="c.2"), event(7, cookie="c.3")])
    told = home.land_one()
    assert (told.accepted, told.duplicate) == (1, 1)
    assert home.query("select count(distinct cookie), count(*) from raw_shop.events") == [(3, 3)]
    assert converges(home) == []


# ---- 24, 25: empty, unfinished, taken away -----------------------------------------------------


def test_fault_24_an_empty_file(started: SmallHome) -> None:
    words = ("the file is empty (0 bytes)", "deliver it again")
    stand_aside(
        started,
        Bad("People_1.csv", b"", TEXT.encode(), words),
        Bad("People_2.csv.gz", b"", packed(TEXT), words),
    )


def test_fault_24_a_header_and_no_rows(started: SmallHome) -> None:
    before = content(started)
    for number, text in enumerate((f"{HEAD}\n", HEAD, packed(f"{HEAD}\n"))):
        started.drop(f"People_{number + 1}.csv", text)
    for told in started.land():
        assert (told.status, told.rows_read) == ("loaded", 0)
        one_line(told, "it holds a header and no rows")
    assert content(started) == before
    started.drop("People_1.csv", TEXT)
    assert [one.accepted for one in converges(started)] == [2]


def test_fault_25_a_file_still_being_written_waits(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.drop("People.csv", f"{HEAD}\n{ANNA}\n")

    def appended(file: Path) -> str:
        told = sha256_of(file)
        with path.open("a") as more:
            more.write(f"{BERT}\n")
        return told

    with monkeypatch.context() as writing:
        writing.setattr("cx_pipeline.landing.prepare.sha256_of", appended)
        told = home.land_one()
    assert told.status == "waiting"
    one_line(told, "still being written", "the next run reads it")
    assert home.query("select count(*) from raw_shop.people") == [(0,)]
    assert home.query("select count(*) from landing.loads") == [(0,)]
    assert [one.accepted for one in converges(home)] == [2]


def test_fault_25_a_tools_name_for_an_unfinished_file(home: SmallHome) -> None:
    for ending in (".part", ".tmp", ".filepart", ".crdownload"):
        home.drop(f"People.csv{ending}", TEXT[:60])
    home.drop(".People.csv", TEXT[:60])
    assert home.land() == []
    path = home.folder / "People.csv.part"
    path.write_text(TEXT)
    path.rename(home.folder / "People.csv")
    home.drop("People.csv.done", b"")  # the mark of some tools is no delivery of its own
    assert [one.accepted for one in converges(home)] == [2]


def test_fault_25_a_file_taken_away_while_it_is_read(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back as it was, to the time of its writing: it is read then."""
    path = home.drop("People.csv", TEXT)
    away = path.with_name(".away")

    def taken(file: Path) -> str:
        path.rename(away)
        return sha256_of(file)

    with monkeypatch.context() as taking:
        taking.setattr("cx_pipeline.landing.prepare.sha256_of", taken)
        told = home.land_one()
    assert told.status == "aside"
    one_line(told, "it cannot be read (No such file or directory)", "check")
    away.rename(path)
    assert [one.accepted for one in converges(home)] == [2]


# ---- 26, 27, 28: truncated and flipped ---------------------------------------------------------


def test_fault_26_a_truncated_gzip(started: SmallHome) -> None:
    text = "\n".join([HEAD, *(f"{n},A B,a{n}@mail.example,2026-11-01,{n}" for n in range(99)), ""])
    whole = packed(text)
    sizes = (9, 200, len(whole) - 8, len(whole) - 1)
    words = ("the gzip is truncated", "deliver it again")
    stand_aside(started, *(Bad(f"People_{n}.csv.gz", whole[:n], whole, words) for n in sizes))


def test_fault_27_a_gzip_with_a_wrong_end(started: SmallHome) -> None:
    whole = packed(TEXT)
    stand_aside(
        started,
        Bad("People_1.csv.gz", whole[:-8] + b"\1" * 4 + whole[-4:], whole, ("damaged (checksum",)),
        Bad("People_2.csv.gz", whole[:-4] + b"\1" * 4, whole, ("damaged (checksum",)),
        Bad("People_3.csv.gz", whole + b"more", whole, ("something follows the gzip's end",)),
        Bad("People_4.csv.gz", TEXT.encode(), whole, ("called .gz but is not gzip",)),
    )


def test_fault_27_a_flipped_bit_in_a_gzip_never_lands(started: SmallHome) -> None:
    """All that DuckDB reads wrong in silence, or hangs at: each file here is one flip of another."""
    before = content(started)
    whole = bytearray(packed("\n".join([HEAD, *[ANNA] * 300])))
    places = []
    for place in range(10, len(whole), 3):  # behind the head, which tells a time and a system
        flipped = whole.copy()
        flipped[place] ^= 16
        if not says_the_same(flipped, whole):
            places.append(place)
            started.drop(f"People_{place}.csv.gz", bytes(flipped))
    assert len(places) > 15
    assert [one.status for one in started.land()] == ["aside"] * len(places)
    assert content(started) == before
    for place in places[1:]:
        (started.folder / f"People_{place}.csv.gz").unlink()
    started.drop(f"People_{places[0]}.csv.gz", bytes(whole))
    assert [one.accepted for one in converges(started)] == [1]


def says_the_same(flipped: bytes, whole: bytes) -> bool:
    """Some bits at the end of a stream mean nothing."""
    try:
        return gzip.decompress(flipped) == gzip.decompress(whole)
    except (OSError, EOFError, zlib.error):
        return False


def lines(*rows: int) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"line_id": list(rows), "paid_at": [None for _ in rows]}), out)
    return out.getvalue()


def test_fault_28_a_truncated_parquet(tmp_path: Path) -> None:
    whole = lines(1, 2, 3)
    words = ("not a readable Parquet file", "deliver it again")
    sizes = (3, len(whole) // 2, len(whole) - 1)
    stand_aside(
        shop(tmp_path, "lines"),
        *(Bad(f"lines_{n}.parquet", whole[:n], whole, words) for n in sizes),
    )


# ---- 31, 32: bombs and traps -------------------------------------------------------------------


def test_fault_31_a_bomb_is_stopped(started: SmallHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "_ALWAYS_FINE", 1 << 20)
    zeros, words = (
        f"{HEAD}\n".encode() + b"0" * (20 << 20),
        ("grows to more than", "200 times its size"),
    )
    bombs = (
        Bad(f"People_{number}.csv{ending}", pack(zeros), pack(TEXT.encode()), words)
        for number, (ending, pack) in enumerate(PACK.items(), start=1)
    )
    stand_aside(started, *bombs)


BOMB = """
import resource, sys
from pathlib import Path
from cx_pipeline.landing.unpack import blocks
from cx_pipeline.landing.verify import FileFault
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    for block in blocks(Path(sys.argv[1])):
        assert len(block) <= 4 << 20
except FileFault as told:
    assert "grows" in str(told)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


@pytest.mark.parametrize("ending", PACK)
def test_fault_31_a_bomb_costs_no_memory(tmp_path: Path, ending: str) -> None:
    """300 MB of zeros: stopped at 256 MiB, in a few MiB."""
    path = tmp_path / f"bomb{ending}"
    zeros = PACK[ending](b"0" * ((300 << 20) if ending == ".zip" else (50 << 20)))
    path.write_bytes(zeros if ending == ".zip" else zeros * 6)
    assert path.stat().st_size < 1 << 20
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 60, f"{done.stdout} MiB"


def _link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("People.csv")
    info.external_attr = 0o120777 << 16
    return info


def test_fault_32_an_archive_that_means_harm(started: SmallHome) -> None:
    harm = (
        (zipped(("../People.csv", TEXT.encode())), "a path that leads out of it"),
        (zipped(("/etc/People.csv", TEXT.encode())), "a path that leads out of it"),
        (zipped(("a\\..\\People.csv", TEXT.encode())), "a path that leads out of it"),
        (zipped((_link(), b"/etc/passwd")), "holds a link"),
        (zipped(("People.zip", one_zip(TEXT.encode()))), "packed file again"),
        (zipped(("People.csv.gz", packed(TEXT))), "packed file again"),
    )
    bad = (
        Bad(f"People_{number}.csv.zip", content, one_zip(TEXT.encode()), (words,))
        for number, (content, words) in enumerate(harm, start=1)
    )
    stand_aside(started, *bad)


def test_fault_32_a_link_among_the_deliveries(started: SmallHome) -> None:
    before = content(started)
    (started.folder / "People.csv").symlink_to(started.settings.token_key_file)
    told = started.land_one()
    assert told.status == "unknown"
    one_line(told, "is a link, not a file", "deliver the file itself")
    assert content(started) == before
    (started.folder / "People.csv").unlink()
    started.drop("People.csv", TEXT)
    assert [one.accepted for one in converges(started)] == [2]
