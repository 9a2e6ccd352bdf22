"""Whatever is wrong with a file: one clear sentence, no value told, and no other row lost."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
from small_home import CONTRACT, PEOPLE, SmallHome, event, small_home

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing import unpack
from cx_pipeline.landing.verify import FileFault, sha256_of
from cx_pipeline.privacy.keys import KeyFault, make_key
from cx_pipeline.warehouse import WarehouseLocked, connect

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
        ("People.csv", b"", "empty (0 bytes)"),
        ("People.csv.gz", b"", "empty (0 bytes)"),
        ("People.csv.gz", b"Id,Name", "not gzip"),
        ("People.csv.gz", gzip.compress(b"Id,Name,Email\n" * 999, mtime=0)[:-30], "truncated"),
        ("People.csv.gz", gzip.compress(b"Id,Name,Email\n" * 999, mtime=0)[:-8], "truncated"),
        ("People.csv.gz", gzip.compress(b"x" * 99, mtime=0)[:-8] + b"\1" * 8, "damaged"),
        ("People.csv.gz", gzip.compress(b"x" * 99, mtime=0) + b"more", "follows the gzip's end"),
        ("People.csv", f"Id,Name,EMail,SystemModstamp,Amount\n{GOOD}\n".encode(), "'EMail'"),
        ("People.csv", f"Id,Name,SystemModstamp,Amount\n{GOOD}\n".encode(), "'Email' is missing"),
        ("People.csv", f"{HEAD},email\n{GOOD},x\n".encode(), "names 'email' twice"),
        ("calls.tsv", b"line\tcalled_on\tbegan_at\tseconds\n", "fewer than 2 header rows"),
        ("stock.csv", b"sku,title\n1,x\n", "its name tells no version"),
        ("rates.json", b'{"rates": [', "not JSON"),
        ("rates.json", b'{"a": 1}', "not a JSON list of objects"),
        ("lines.parquet", b"PAR1 but no more PAR1", "not a readable Parquet file"),
        ("events.ndjson", b'{"time": "1", "name": "x"}\n', "'ts' is missing"),
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


def test_a_flipped_bit_in_a_gzip_never_lands(home: SmallHome) -> None:
    whole = bytearray(gzip.compress("\n".join([HEAD, *[GOOD] * 300]).encode(), mtime=0))
    for place in range(20, len(whole) - 8, 5):
        flipped = whole.copy()
        flipped[place] ^= 16
        home.drop("People.csv.gz", bytes(flipped))
        with pytest.raises(FileFault):
            list(unpack.blocks(home.folder / "People.csv.gz"))


def test_a_bomb_is_stopped(home: SmallHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "_ALWAYS_FINE", 1 << 20)
    home.drop("People.csv.gz", HEAD + "\n" + "0" * (20 << 20))
    assert "grows to more than" in (home.land_one().reason or "")


def test_one_bad_file_never_stops_others_and_is_told_again(home: SmallHome) -> None:
    home.drop("People_bad.csv", b"")
    home.drop("People_good.csv", f"{HEAD}\n{GOOD}\n")
    assert [told.status for told in home.land()] == ["aside", "loaded"]
    (again,) = home.land()
    assert again.status == "aside" and "empty" in (again.reason or "")
    home.drop("People_bad.csv", f"{HEAD}\n2,B,b@x.example,2026-11-01,1\n")
    assert home.land_one().accepted == 1


def test_a_header_without_rows_is_a_warning(home: SmallHome) -> None:
    home.drop("People.csv", HEAD + "\n")
    told = home.land_one()
    assert (told.status, told.rows_read) == ("loaded", 0)
    assert "a header and no rows" in (told.reason or "")


def test_values_that_do_not_fit_go_to_quarantine_never_to_null(home: SmallHome) -> None:
    bad = {
        "Amount": ["1,5", "12 EUR", "0x10", "abc", "NaN", "1e400"],
        "Score": ["nan", "inf", "-Infinity", "1.2.3"],
        "Visits": ["1.7", "1e3", "99999999999", "1_000", "x"],
        "SystemModstamp": ["2026-02-30", "2026-11-01 10:00:00 foo", "yesterday", "1793491200"],
    }
    fine = {"Amount": "12.50", "Score": "-1e3", "Visits": "3", "SystemModstamp": "2026-11-01"}
    rows = []
    for column, values in bad.items():
        for value in values:
            told = {**fine, column: f'"{value}"'}
            rest = [told[c] for c in ("SystemModstamp", "Amount", "Score", "Visits")]
            rows.append(f"{len(rows)},Anna Vogel,anna@mail.example,,secretly,{','.join(rest)}")
    good = "g,Anna Vogel,anna@mail.example,,,2026-11-01, 12 ,.5,+4"
    home.people("People.csv", *rows, good, ",No Id,x@mail.example,,,2026-11-01,1,,")
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (1, len(rows) + 1)
    found = rejected(home)
    assert [line for line, *_ in found] == [*range(2, len(rows) + 2), len(rows) + 3]
    columns = [name for name, values in bad.items() for _ in values]
    names = {
        "Amount": "amount",
        "Score": "score",
        "Visits": "visits",
        "SystemModstamp": "changed_at",
    }
    assert [column for _, column, _ in found] == [*(names[c] for c in columns), "person_id"]
    assert found[-1][2] == "is required and empty"
    tells_nothing(home, told.reason)
    assert home.query("select amount, score, visits from raw_shop.people") == [(12, 0.5, 4)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("2,Bert Roth,b@mail.example,2026-11-01", "does not have the header's 5 fields"),
        ("2,Bert Roth,b@mail.example,2026-11-01,1,2", "does not have the header's 5 fields"),
        ('2,"Bert Roth,b@mail.example,2026-11-01,1', "quotes do not close"),
        ('2,"Bert" Roth,b@mail.example,2026-11-01,1', "does not have"),
        ("2,Bert\0Roth,b@mail.example,2026-11-01,1", "NUL or control"),
        ("2,Bert Roth" + "x" * 3_000_000 + ",b@mail.example,2026-11-01,1", "does not have"),
    ],
)
def test_a_broken_record_costs_only_itself(home: SmallHome, bad: str, reason: str) -> None:
    rows = [GOOD, bad, '3,"C\nD",c@x.example,2026-11-01,3', "", '4,"",d@x.example,2026-11-01,4']
    home.drop("People.csv", "\n".join([HEAD, *rows, ""]))
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (3, 1)
    ((line, _, why),) = rejected(home)
    assert line == 3 and reason in why
    lines = home.query("select amount, _line from raw_shop.people order by _line")
    assert lines == [(12, 2), (3, 4), (4, 7)]
    tells_nothing(home, told.reason)


def test_a_last_row_that_is_cut_off_is_quarantined(home: SmallHome) -> None:
    home.drop("People.csv", f"{HEAD}\n{GOOD}\n2,Bert Ro")
    assert home.land_one().accepted == 1
    assert rejected(home)[0][0] == 3


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


def test_bytes_of_another_encoding(home: SmallHome) -> None:
    rows = [f"{n},N{n},n{n}@x.example,2026-11-01,1" for n in range(300)]
    one = "\n".join([HEAD, *rows, ""]).encode() + "900,Zoë,z@x.example,2026-11-01,1\n".encode(
        "cp1252"
    )
    home.drop("People_1.csv", one)
    told = home.land_one()
    assert (told.status, told.accepted, told.quarantined) == ("loaded", 300, 1)
    assert rejected(home) == [(302, "full_name", "holds bytes that are not utf-8")]
    for encoding, name in (("cp1252", "Zoë"), ("gb18030", "王小明")):
        many = "\n".join([HEAD, *(row.replace("N", name) for row in rows)])
        home.drop(f"People_{encoding}.csv", many.encode(encoding))
        (told,) = [one for one in home.land() if encoding in one.file]
        assert told.status == "aside" and f"looks like {encoding}" in (told.reason or "")
    tells_nothing(home)


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


def test_names_and_values_that_look_like_sql_are_inert(home: SmallHome) -> None:
    name = "People'; drop table x;--.csv"
    home.drop(name, f"{HEAD}\n1,\"O'Neil'); drop schema raw_shop;--\",a@x.example,2026-11-01,1\n")
    home.drop("events'1.ndjson", '{"ts": "1", "name": "x\'; drop table loads; --"}\n')
    assert [one.status for one in home.land()] == ["loaded", "loaded"]
    assert home.query("select name from raw_shop.events") == [("x'; drop table loads; --",)]


def test_a_file_still_being_written_waits(home: SmallHome, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.drop("People.csv", f"{HEAD}\n{GOOD}\n")
    digest = sha256_of

    def appended(file: Path) -> str:
        told = digest(file)
        with path.open("a") as more:
            more.write("2,B,b@x.example,2026-11-01,2\n")
        return told

    with monkeypatch.context() as writing:
        writing.setattr("cx_pipeline.landing.prepare.sha256_of", appended)
        assert home.land_one().status == "waiting"
    assert home.query("select count(*) from raw_shop.people") == [(0,)]
    assert home.land_one().accepted == 2


def test_without_the_key_nothing_is_read(home: SmallHome) -> None:
    home.drop("People.csv", f"{HEAD}\n{GOOD}\n")
    key = home.settings.token_key_file
    aside = key.rename(key.with_name("away"))
    with pytest.raises(KeyFault, match="is missing: nothing was read"):
        home.land()
    assert not home.settings.warehouse_file.exists()
    shutil.copy(aside, key)
    home.land()
    key.unlink()
    make_key(key)
    with pytest.raises(KeyFault, match="not the one"):
        home.land()


def test_a_locked_warehouse_is_named(home: SmallHome) -> None:
    home.land()
    with connect(home.settings.warehouse_file, read_only=True), pytest.raises(WarehouseLocked):
        home.land()


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
