"""`cx source add`: from a file that no pack knows to a mart, word by word as README says."""

import re
from pathlib import Path

import pytest
from homes import Home
from test_profile import reviews

from cx_pipeline.contracts import load_pack
from cx_pipeline.settings import load_settings

ANSWERS = ("--answer", "zone=UTC", "--answer", "kind=events", "--answer", "time=sent_at")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that takes in a source of its own alone, and makes one mart of it."""
    folder = tmp_path_factory.mktemp("added")
    home = Home(folder / "home")
    home.cx("init", "--sources", "retail")
    toml = home.path / "cx.toml"
    toml.write_text(toml.read_text().replace('"retail"', ""))
    file = reviews(folder)
    asked = home.cx("source", "add", "hotel", str(file), expect=2)
    assert "--answer zone=" in asked.out and not (home.path / "packs").exists()
    home.cx("source", "add", "hotel", str(file), "--entity", "responses", *ANSWERS)
    draft = home.path / "packs" / "hotel" / "stg_hotel__responses.sql"
    text = draft.read_text().replace("null as survey_id", "'stay' as survey_id")
    draft.write_text(text.replace("null as item_id", "'stars' as item_id"))
    (home.landing / "hotel" / file.name).write_bytes(file.read_bytes())
    home.make("2024-05-01", "fct_responses")
    return home


def test_it_lands_whole_and_protected(home: Home) -> None:
    pack = load_pack(home.path / "packs" / "hotel")
    assert pack.entities == ("responses",)
    with home.warehouse() as con:
        rows = con.execute("select count(*), count(distinct customer_mail) from raw_hotel.reviews")
        assert rows.fetchall() == [(60, 60)]
        balance = con.execute(
            "select rows_read, accepted, quarantined, duplicate from landing.loads"
        ).fetchall()
        assert balance == [(60, 60, 0, 0)]
        named = con.execute("select customer_mail, guest_name from raw_hotel.reviews").fetchall()
        assert all(re.fullmatch("v1_[0-9a-f]{32}", value) for row in named for value in row)
        assert con.execute("select count(paid), max(stayed_on) from raw_hotel.reviews").fetchone()
        paid = con.execute("select count(*) - count(paid) from raw_hotel.reviews").fetchone()
        assert paid == (1,)  # n/a


def test_its_rows_are_in_a_mart(home: Home) -> None:
    with home.warehouse() as con:
        query = "select count(*) from marts.fct_responses where source = 'hotel'"
        rows = con.execute(query).fetchone()
    assert rows == (60,)


def test_settings_keep_their_words(home: Home) -> None:
    text = (home.path / "cx.toml").read_text()
    settings = load_settings(home.path)
    assert settings.sources == ("hotel",)
    assert text.startswith("# What this home takes in") and "[schedule]" in text


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("hotel", "FILE", *ANSWERS), "is a source of this home already"),
        (("Hotel!", "FILE", *ANSWERS), "is no name of a source"),
        (("inn", "nowhere.csv"), "is no file"),
        (("inn", "FILE", *ANSWERS, "--entity", "stars"), "is no entity; entities: accounts"),
        (("inn", "FILE", "--answer", "zone"), "an answer is KEY=VALUE"),
        (("inn", "FILE", "--answer", "zone=Mars/Base"), "IANA time zone"),
        (("inn", "FILE", *ANSWERS, "--answer", "key=stars,none"), "key names no column 'none'"),
    ],
)
def test_refused_in_one_sentence(
    home: Home, tmp_path: Path, args: tuple[str, ...], words: str
) -> None:
    file = str(reviews(tmp_path))
    ran = home.cx("source", "add", *(file if arg == "FILE" else arg for arg in args), expect=2)
    assert words in ran.err
    assert not (home.path / "packs" / "inn").exists()
