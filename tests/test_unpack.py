"""Packed files of every kind: the same rows as plain, or one sentence that says what is wrong."""

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packed import PACK, one_zip, zipped, zst
from small_home import SmallHome, small_home

from cx_pipeline.extracts import PACKED
from cx_pipeline.landing import unpack
from cx_pipeline.landing.verify import FileFault

HEAD = "Id,Name,Email,SystemModstamp,Amount"
TEXT = "\n".join([HEAD, *(f"{n},A B,a{n}@mail.example,2026-11-01,{n}" for n in range(3000)), ""])


NAMES = {".gz": "gzip", ".zst": "zst", ".bz2": "bz2", ".zip": "zip"}


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return small_home(tmp_path)


def content(path: Path) -> bytes:
    return b"".join(unpack.blocks(path))


def test_every_ending_is_one_that_is_unpacked() -> None:
    assert tuple(PACK) == PACKED == tuple(unpack._ENDINGS)


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize("called", ["People.csv", "People.csv{}"])
def test_a_packed_file_lands_as_if_it_were_plain(
    home: SmallHome, tmp_path: Path, ending: str, called: str
) -> None:
    home.drop(called.format(ending), PACK[ending](TEXT.encode()))
    assert home.land_one().accepted == 3000
    plain = small_home(tmp_path / "plain")
    shutil.copyfile(home.settings.token_key_file, plain.settings.token_key_file)
    plain.drop("People.csv", TEXT)
    assert plain.land_one().accepted == 3000
    assert home.content("people") == plain.content("people")


@pytest.mark.parametrize("ending", [".gz", ".zst", ".bz2"])
def test_streams_one_after_the_other_are_one_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x{ending}"
    path.write_bytes(PACK[ending](b"one,") + PACK[ending](b"") + PACK[ending](b"two"))
    assert content(path) == b"one,two"


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda packed: packed[:-1], "truncated"),
        (lambda packed: packed[: len(packed) // 2], "truncated"),
        (lambda packed: packed[:12], "truncated"),
        (lambda packed: packed + b"and more after it", "something follows"),
        (lambda _: TEXT.encode(), "is not {}"),
    ],
)
def test_what_is_wrong_with_it_is_said(
    home: SmallHome, ending: str, change: Callable[[bytes], bytes], words: str
) -> None:
    home.drop(f"People.csv{ending}", change(PACK[ending](TEXT.encode())))
    told = home.land_one()
    assert (told.status, told.accepted) == ("aside", 0)
    assert words.format(NAMES[ending]) in (told.reason or "")
    assert "truncated" in words or "truncated" not in (told.reason or "")
    assert home.query("select count(*) from raw_shop.people") == [(0,)]


@pytest.mark.parametrize("ending", PACKED)
def test_a_name_that_says_another_packing_is_refused(home: SmallHome, ending: str) -> None:
    other = ".bz2" if ending == ".gz" else ".gz"
    home.drop(f"People.csv{ending}", PACK[other](TEXT.encode()))
    assert f"called {ending} but is not" in (home.land_one().reason or "")


@pytest.mark.parametrize("ending", PACKED)
def test_packed_twice_is_refused(home: SmallHome, ending: str) -> None:
    home.drop(f"People.csv{ending}", PACK[ending](PACK[".gz"](TEXT.encode())))
    assert "packed file again" in (home.land_one().reason or "")


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".zip", ".zst"])
def test_a_flipped_bit_is_seen(tmp_path: Path, ending: str) -> None:
    """Of zst only where the frame carries a checksum, as the command-line tool writes it."""
    path = tmp_path / f"x{ending}"
    data = TEXT.encode()[:3000]
    if ending == ".zst":
        if not (tool := shutil.which("zstd")):
            pytest.skip("the zstd tool is not here")
        told = subprocess.run([tool, "-q", "-c"], input=data, capture_output=True, check=True)
        whole = bytearray(told.stdout)
    else:
        whole = bytearray(PACK[ending](data))
    lost = []
    for place in range(4, len(whole)):
        flipped = whole.copy()
        flipped[place] ^= 16
        path.write_bytes(bytes(flipped))
        try:
            if content(path) != data:
                lost.append(place)  # other bytes than were packed, and no word
        except FileFault:
            pass
    assert lost == []


def _encrypted(packed: bytes) -> bytes:
    told = bytearray(packed)
    told[6] |= 1
    told[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(told)


CSV = TEXT.encode()


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        (zipped(), "holds 0 entries"),
        (zipped(("a.csv", CSV), ("b.csv", CSV)), "holds 2 entries"),
        (zipped(("folder/", b"")), "holds 1 entries"),
        (zipped(("C:People.csv", CSV)), "leads out of it"),
        (_encrypted(one_zip(CSV)), "encrypted"),
        (zipped(("People.csv", CSV), kind=zipfile.ZIP_LZMA), "not packed by deflate"),
        (zipped(("People.csv", CSV), kind=zipfile.ZIP_BZIP2), "not packed by deflate"),
        (one_zip(CSV) + one_zip(CSV), "beside its file"),
    ],
)
def test_a_zip_that_is_no_single_plain_file_is_refused(
    home: SmallHome, packed: bytes, words: str
) -> None:
    home.drop("People.csv.zip", packed)
    told = home.land_one()
    assert told.status == "aside" and words in (told.reason or "")


def test_a_zip_may_name_a_folder_and_carry_a_comment(home: SmallHome) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = b"exported by hand"
        archive.writestr("export/People.csv", TEXT)
    home.drop("People.zip.csv", out.getvalue())
    assert home.land_one().accepted == 3000


def test_parquet_is_read_from_its_own_file(home: SmallHome) -> None:
    home.drop("lines.parquet.zst", zst(b"PAR1"))
    assert "Parquet cannot be packed" in (home.land_one().reason or "")


def test_a_text_that_begins_like_a_packing_is_a_text(tmp_path: Path) -> None:
    for text in (b"BZh9,Name\n1,2\n", b"PK,Name\n1,2\n", b"(name\n1\n"):
        path = tmp_path / "x.csv"
        path.write_bytes(text)
        assert content(path) == text
