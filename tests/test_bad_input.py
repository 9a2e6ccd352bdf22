"""Whatever is wrong with a file: one clear sentence, no value told, and no other row lost."""

import json
from pathlib import Path

import pytest
from small_home import CONTRACT, PEOPLE, SmallHome, event, small_home

from cx_pipeline.contracts import load_pack
from cx_pipeline.privacy.keys import KeyFault

HEAD = "Id,Name,Email,SystemModstamp,Amount"
GOOD = "1,Anna Vogel,anna@mail.example,2026-11-01,12"
SECRETS = ("anna", "vogel", "mail.example", "roth", "4917012", "secretly")


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return small_home(tmp_path)


def rejected(home: SmallHome) -> list[tuple[int, str | None, str]]:
    return [
        (line, column, reason)
        for line, column, reason in home.query(
            "select line, column_name, reason from landing.quarantine order by line"
        )
    ]


def tells_nothing(home: SmallHome, *told: str | None) -> None:
    """No value of a person in what is said, recorded or put into quarantine."""
    everything = str(told) + str(home.query("select * from landing.loads"))
    everything += str(home.query("select * from landing.quarantine"))
    for secret in SECRETS:
        assert secret not in everything.lower(), secret


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("calls.tsv", b"line\tcalled_on\tbegan_at\tseconds\n", "fewer than 2 header rows"),
        ("stock.csv", b"sku,title\n1,x\n", "its name tells no version"),
        ("rates.json", b'{"rates": [', "not JSON"),
        ("rates.json", b'{"a": 1}', "not a JSON list of objects"),
    ],
)
def test_a_file_that_cannot_be_read_stands_aside(
    home: SmallHome, name: str, content: bytes, words: str
) -> None:
    home.drop(name, content)
    told = home.land_one()
    assert told.status == "aside" and told.rows_read == 0
    assert words in (told.reason or "")
    assert (told.reason or "").startswith(f"landing/shop/{name}: ")
    tells_nothing(home, told.reason)
    assert home.query("select status, reason is not null from landing.loads") == [("aside", True)]


def test_one_bad_file_never_stops_others_and_is_told_again(home: SmallHome) -> None:
    home.drop("People_bad.csv", b"")
    home.drop("People_good.csv", f"{HEAD}\n{GOOD}\n")
    assert [told.status for told in home.land()] == ["aside", "loaded"]
    (again,) = home.land()
    assert again.status == "aside" and "empty" in (again.reason or "")
    home.drop("People_bad.csv", f"{HEAD}\n2,B,b@x.example,2026-11-01,1\n")
    assert home.land_one().accepted == 1


def test_numbers_are_read_as_they_are_written_and_a_required_one_is_there(home: SmallHome) -> None:
    good = "g,Anna Vogel,anna@mail.example,,,2026-11-01, 12 ,.5,+4"
    home.people("People.csv", good, ",Anna Vogel,x@mail.example,,secretly,2026-11-01,1,,")
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (1, 1)
    assert rejected(home) == [(3, "person_id", "is required and empty")]
    tells_nothing(home, told.reason)
    assert home.query("select amount, score, visits from raw_shop.people") == [(12, 0.5, 4)]


def test_broken_json_lines_cost_only_themselves(home: SmallHome) -> None:
    good = [json.dumps(event(n)) for n in range(3)]
    bad = [
        '{"ts": "1", "name": "anna vogel"',
        '["anna"]',
        '{"ts": "1", "name": "x", "device": "anna"}',
        '{"ts": "1", "ts": "2", "name": "anna"}',
        '{"ts": "1", "name": "x", "event_params": [1]}',
        '{"ts": "secretly", "name": "x"}',
        '{"ts": "1", "name": "a\\u0000b"}',
        '{"ts": "1", "name": "\\ud800"}',
        '{"ts": "1"}',
    ]
    home.drop("events.ndjson", "\n".join([good[0], *bad, "", good[1], good[2]]))
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (3, len(bad))
    assert [line for line, *_ in rejected(home)] == list(range(2, 2 + len(bad)))
    assert home.query("select _line from raw_shop.events order by 1") == [(1,), (12,), (13,)]
    tells_nothing(home, told.reason)


def test_what_no_contract_knows_is_named(home: SmallHome) -> None:
    home.drop("Invoices.csv", "x")
    home.drop(".hidden", "x")
    home.drop("People.csv.part", "x")
    (home.folder / "People_link.csv").symlink_to(home.folder / "Invoices.csv")
    other = home.settings.landing / "zendesk"
    other.mkdir()
    (other / "tickets.csv").write_text("x")
    (home.settings.landing / "empty").mkdir()
    told = {(one.source, one.file): one for one in home.land()}
    assert set(told) == {("shop", "Invoices.csv"), ("shop", "People_link.csv"), ("zendesk", "")}
    assert {one.status for one in told.values()} == {"unknown"}
    assert "no active source" in (told["zendesk", ""].reason or "")
    assert "People*.csv" in (told["shop", "Invoices.csv"].reason or "")


def test_a_contract_that_reads_one_member_twice_is_told(tmp_path: Path) -> None:
    home = small_home(tmp_path, CONTRACT.replace("path: device.category", "path: device"))
    home.events("events.ndjson", [event(0)])
    assert "both whole and in parts" in (home.land_one().reason or "")
    assert load_pack(home.packs[0].folder).contracts


def test_a_home_holds_no_value_anywhere(home: SmallHome) -> None:
    rows = [
        f"{n},Anna Vogel,anna@mail.example,+49170123{n:04},Anna asks,2026-11-01,{n},,"
        for n in range(99)
    ]
    home.people("People_1.csv", *rows, "7,Bert Roth,bad", header=PEOPLE)
    home.events("events.ndjson", [event(0, page="https://s.example/?q=anna vogel")])
    home.land()
    for path in home.settings.state.rglob("*"):
        if path.is_file() and path != home.settings.token_key_file:
            raw = path.read_bytes().lower()
            for secret in (b"anna", b"vogel", b"mail.example", b"roth", b"+49170"):
                assert secret not in raw, f"{secret!r} in {path.name}"


def test_a_home_that_cannot_be_written_is_named(home: SmallHome) -> None:
    home.drop("People.csv", f"{HEAD}\n{GOOD}\n")
    home.settings.vault_file.mkdir()  # root may write anywhere but into a folder's place
    with pytest.raises(KeyFault, match="cannot be opened for writing"):
        home.land()
