"""Rows 46 to 51, 70: a source that changes its columns, their types or their values; and replay."""

import json
import shutil
from pathlib import Path

import pytest
from small_home import CONTRACT, SmallHome, event
from undisturbed import (
    Bad,
    balanced,
    content,
    converges,
    mended,
    one_line,
    rejected,
    shop,
    stand_aside,
    undisturbed,
)

from cx_pipeline.contracts import load_pack

HEAD = "Id,Name,Email,SystemModstamp,Amount"
ROW = "1,Anna Vogel,anna@mail.example,2026-11-01,12"
GOOD = f"{HEAD}\n{ROW}\n"


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return shop(tmp_path, "people")


def test_fault_46_a_column_added_is_left_out_and_said(tmp_path: Path) -> None:
    home, plain = shop(tmp_path / "a", "people", "events"), shop(tmp_path / "b", "people", "events")
    shutil.copy(home.settings.token_key_file, plain.settings.token_key_file)
    home.drop("People.csv", f"{HEAD},ShoeSize\n{ROW},44\n")
    home.events("events.ndjson", [event(0) | {"weather": "anna@mail.example"}])
    for told in home.land():
        assert (told.status, told.accepted) == ("loaded", 1)
        name = "ShoeSize" if told.table == "people" else "weather"
        one_line(told, f"columns outside the contract were left out: {name}", secrets=["anna@"])
    plain.drop("People.csv", GOOD)
    plain.events("events.ndjson", [event(0)])
    plain.land()
    assert content(home) == content(plain)
    assert converges(home) == []


def test_fault_47_a_column_removed_or_renamed(home: SmallHome) -> None:
    """The source stays at its last good data; the message shows the nearest name."""
    home.drop("People_0.csv", GOOD)
    assert home.land_one().accepted == 1
    renamed = GOOD.replace("Email", "EMail").encode()
    removed = f"{HEAD.replace(',Email', '')}\n1,Anna Vogel,2026-11-01,12\n".encode()
    words = ("its required column 'Email' is missing", "or change the contract")
    stand_aside(
        home,
        Bad("People_1.csv", renamed, GOOD.encode(), (*words, "the nearest is 'EMail'")),
        Bad("People_2.csv", removed, GOOD.encode(), words),
    )


def test_fault_47_a_member_removed_from_every_object(tmp_path: Path) -> None:
    home = shop(tmp_path, "events")
    good = json.dumps(event(0))
    bad = good.replace('"ts"', '"time"')
    words = ("its required column 'ts' is missing",)
    stand_aside(home, Bad("events.ndjson", bad.encode(), good.encode(), words))


def test_fault_48_columns_in_another_order(tmp_path: Path) -> None:
    one, other = shop(tmp_path / "a", "people"), shop(tmp_path / "b", "people")
    shutil.copy(one.settings.token_key_file, other.settings.token_key_file)
    one.drop("People.csv", f"{HEAD},Phone,Note\n{ROW},,hello\n")
    other.drop(
        "People.csv",
        "Note,Amount,Id,SystemModstamp,Email,Name,Phone\n"
        "hello,12,1,2026-11-01,anna@mail.example,Anna Vogel,\n",
    )
    assert one.land_one().reason is None and other.land_one().reason is None
    assert content(one) == content(other)


def test_fault_49_a_value_of_another_type_after_twenty_thousand_rows(home: SmallHome) -> None:
    """A sniffer sees 20,480 rows; a contract sees every one."""
    count = 21_002
    rows = [f"{n},N,n@mail.example,2026-11-01,{n}" for n in range(count)]
    good = "\n".join([HEAD, *rows, ""])
    rows[21_000] = "21000,N,n@mail.example,2026-11-01,N/A"
    home.drop("People.csv", "\n".join([HEAD, *rows, ""]))
    told = home.land_one()
    assert (told.status, told.accepted, told.quarantined) == ("loaded", count - 1, 1)
    assert rejected(home) == [(21_002, "amount", "is not a decimal(18,2)")]
    mended(home, "People.csv", good)
    assert home.query("select count(*), sum(amount) from raw_shop.people") == [
        (count, count * (count - 1) // 2)
    ]


def test_fault_49_decimal_commas_and_what_else_is_no_number(home: SmallHome) -> None:
    bad = {
        "Amount": ["1,5", "1.234,50", "12 EUR", "0x10", "abc"],
        "Score": ["1.2.3", "1,5"],
        "Visits": ["1.7", "1e3", "1_000", "x"],
        "SystemModstamp": ["2026-02-30", "2026-11-01 10:00:00 foo", "yesterday"],
    }
    names = {"Amount": "amount", "Score": "score", "Visits": "visits"}
    fine = {"SystemModstamp": "2026-11-01", "Amount": "12.50", "Score": "-1e3", "Visits": "3"}
    rows, columns, good = [], [], []
    for column, values in bad.items():
        for value in values:
            told = {**fine, column: f'"{value}"'}
            rows.append(f"{len(rows)},Anna Vogel,anna@mail.example,,,{','.join(told.values())}")
            good.append(f"{len(good)},Anna Vogel,anna@mail.example,,,{','.join(fine.values())}")
            columns.append(names.get(column, "changed_at"))
    home.people("People.csv", *rows)
    told_of = home.land_one()
    assert (told_of.accepted, told_of.quarantined) == (0, len(rows))
    assert [column for _, column, _ in rejected(home)] == columns
    mended(home, "People.csv", home.people("People.csv", *good).read_text())


def test_fault_49_decimal_commas_by_contract(tmp_path: Path) -> None:
    agreed = "format: csv, kind: increment, key: [person_id]"
    comma = agreed.replace("csv,", 'csv, delimiter: ";", decimal: ",",')
    home = shop(tmp_path, "people", contract=CONTRACT.replace(agreed, comma))
    text = "\n".join([HEAD, "1,A,a@x.example,2026-11-01,1#5", "2,B,b@x.example,2026-11-01,1.5", ""])
    text = text.replace(",", ";").replace("#", ",")
    home.drop("People.csv", text)
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (1, 1)
    assert home.query("select amount from raw_shop.people") == [(1.5,)]
    assert rejected(home)[0][:2] == (3, "amount")
    mended(home, "People.csv", text.replace("1.5", "1,5"))


def test_fault_49_seconds_where_microseconds_are_agreed(tmp_path: Path) -> None:
    """Each is a moment of 1970, or far beyond: no row lands at a wrong time in silence."""
    home = shop(tmp_path, "events")
    good = event(0)
    seconds = {**good, "ts": str(int(good["ts"]) // 1_000_000)}
    milliseconds = {**good, "ts": str(int(good["ts"]) // 1_000)}
    nanoseconds = {**good, "ts": good["ts"] + "000000"}
    home.events("events.ndjson", [good, seconds, milliseconds, nanoseconds])
    told = home.land_one()
    assert rejected(home) == [
        (2, "happened_at", "is not a timestamp (us)"),
        (3, "happened_at", "is not a timestamp (us)"),
        (4, "happened_at", "is not a timestamp (us)"),
    ]
    assert (told.accepted, told.quarantined) == (1, 3)
    home.events("events.ndjson", [good])
    mended(home, "events.ndjson", (home.folder / "events.ndjson").read_text())


def test_fault_51_a_value_outside_the_enum_lands_and_is_counted(tmp_path: Path) -> None:
    """The batch check warns with this count; the row is there for the models, as unknown."""
    told = CONTRACT.replace(
        "{name: device, config: {meta: {path: device.category}}}",
        "{name: device, config: {meta: {path: device.category, enum: [mobile, desktop]}}}",
    )
    home = shop(tmp_path, "events", contract=told)
    home.events("events.ndjson", [event(0), event(1, device={"category": "fridge"})])
    assert home.land_one().accepted == 2
    ((profile,),) = home.query("select profile from landing.loads")
    assert json.loads(profile)["outside"] == {"device": 1}
    assert converges(home) == []


def test_fault_70_a_replay_moves_rows_once_and_only_once(tmp_path: Path) -> None:
    """The contract is mended; the plain landing reads again what waited, and the second nothing."""
    home = shop(tmp_path, "people")
    home.drop("People.csv", f"{HEAD}\n{ROW}\n2,B,b@x.example,2026-11-01,twelve\n")
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (1, 1)
    pack = home.packs[0].folder / "_shop__sources.yml"
    pack.write_text(
        pack.read_text().replace(
            'data_type: "decimal(18,2)", config: {meta: {from: Amount}}',
            "config: {meta: {from: Amount}}",
        )
    )
    now = SmallHome(home.settings, (load_pack(home.packs[0].folder),))
    told = now.land_one()
    assert (told.rows_read, told.accepted, told.quarantined, told.duplicate) == (2, 2, 0, 0)
    balanced(now)
    assert rejected(now) == []
    assert content(now) == content(undisturbed(now))
    assert now.land() == []
