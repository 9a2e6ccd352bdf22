"""Rows 39 to 42, 45, 52, 58: records that are broken, too long, or look like something else."""

import csv
import io
from pathlib import Path

import pytest
from small_home import SmallHome, event
from undisturbed import (
    Bad,
    balanced,
    converges,
    mended,
    rejected,
    shop,
    stand_aside,
    tells_nothing,
)

HEAD = "Id,Name,Email,SystemModstamp,Amount"
GOOD = "1,Anna Vogel,anna@mail.example,2026-11-01,12"
LAST = ['3,"C\nD",c@x.example,2026-11-01,3', "", '4,"",d@x.example,2026-11-01,4', ""]
SECRETS = ("anna", "vogel", "mail.example", "roth", "secretly")


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return shop(tmp_path, "people")


def cost_only_themselves(home: SmallHome, reason: str, *bad: str) -> None:
    """Each goes to quarantine with its line; the others of the file keep theirs."""
    home.drop("People.csv", "\n".join([HEAD, GOOD, *bad, *LAST]))
    told = home.land_one()
    read = (told.status, told.rows_read, told.accepted, told.quarantined)
    assert read == ("loaded", 3 + len(bad), 3, len(bad))
    found = rejected(home)
    assert [line for line, *_ in found] == [3 + n for n in range(len(bad))]
    assert all(reason in why for *_, why in found)
    assert home.query("select amount, _line from raw_shop.people order by _line") == [
        (12, 2),
        (3, 3 + len(bad)),
        (4, 6 + len(bad)),
    ]
    balanced(home)
    tells_nothing(home, SECRETS, told.reason)
    good = [f"2{n},Bert Roth,b@mail.example,2026-11-01,2" for n in range(len(bad))]
    mended(home, "People.csv", "\n".join([HEAD, GOOD, *good, *LAST]))


def test_fault_39_a_field_too_few_or_too_many(home: SmallHome) -> None:
    bad = "2,Bert Roth,b@mail.example,2026-11-01"
    cost_only_themselves(home, "does not have the header's 5 fields", bad, f"{bad},1,2")


def test_fault_40_a_quote_that_does_not_close(home: SmallHome) -> None:
    """Quoted line ends are good text (a row of two lines); the open quote swallows nothing."""
    bad = '2,"Bert Roth,b@mail.example,2026-11-01,1'
    cost_only_themselves(home, "quotes do not close", bad)


def test_fault_40_text_behind_a_closing_quote(home: SmallHome) -> None:
    bad = '2,"Bert" Roth,b@mail.example,2026-11-01,1'
    cost_only_themselves(home, "does not have", bad)


def test_fault_41_the_last_row_is_cut(home: SmallHome) -> None:
    home.drop("People.csv", f"{HEAD}\n{GOOD}\n2,Bert Ro")
    told = home.land_one()
    assert (told.rows_read, told.accepted, told.quarantined) == (2, 1, 1)
    assert rejected(home)[0][0] == 3
    balanced(home)
    tells_nothing(home, SECRETS, told.reason)
    mended(home, "People.csv", f"{HEAD}\n{GOOD}\n2,Bert Roth,b@mail.example,2026-11-01,1")


def test_fault_42_a_control_character(home: SmallHome) -> None:
    bad = (f"2,Bert{sign}Roth,b@mail.example,2026-11-01,1" for sign in ("\0", "\x07", "\x1b"))
    cost_only_themselves(home, "NUL or control", *bad)


def test_fault_42_a_field_of_three_megabytes(home: SmallHome) -> None:
    bad = f"2,Bert Roth{'x' * 3_000_000},b@mail.example,2026-11-01,1"
    cost_only_themselves(home, "does not have", bad)


def test_fault_42_a_control_character_as_a_json_escape(tmp_path: Path) -> None:
    home = shop(tmp_path, "events")
    path = home.events("events.ndjson", [event(0), event(1), event(2)])
    good = path.read_text()
    home.drop("events.ndjson", good.replace("page_view", "page\\u0000view", 1))
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (2, 1)
    mended(home, "events.ndjson", good)


def test_fault_45_values_and_names_that_look_like_sql(tmp_path: Path) -> None:
    home = shop(tmp_path, "people", "events")
    evil = "'); drop schema raw_shop cascade;--"
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [[*HEAD.split(","), f'x"{evil}'], ["1", f"O{evil}", "a@x.example", "2026-11-01", "1", evil]]
    )
    home.drop("People'; drop table x;--.csv", out.getvalue())
    home.drop("events'1.ndjson", '{"ts": "1", "name": "x\'; drop table loads; --", "it\'s": 1}\n')
    home.people("People$(reboot)`id`.csv", f"2,B,b@x.example,,{evil},2026-11-01,1,,")
    assert [one.status for one in home.land()] == ["loaded"] * 3
    assert home.query("select name from raw_shop.events") == [("x'; drop table loads; --",)]
    assert home.query("select note from raw_shop.people where note is not null") == [(evil,)]
    balanced(home)
    assert converges(home) == []


def test_fault_52_ids_are_text_to_the_last_digit(tmp_path: Path) -> None:
    home = shop(tmp_path, "stock", "lines")
    ids = ["007", "7", "1E+05", "100000", "9007199254740993", "9007199254740992", "0x1F", " 7"]
    home.drop("stock_20261101.csv", "sku,title\n" + "".join(f"{one},x\n" for one in ids))
    assert home.land_one().accepted == len(ids)
    told = home.query("select sku from raw_shop.stock order by _line")
    assert [sku for (sku,) in told] == ids
    assert home.query("select count(distinct _key) from raw_shop.stock") == [(len(ids),)]
    assert converges(home) == []


def test_fault_58_what_is_no_number_is_quarantined_what_is_odd_lands(home: SmallHome) -> None:
    """One NaN would make an average NaN; a negative duration or a score of 11 is for the models."""
    odd = ("-5,11,-3", "0,-1e3,0", "99999999,6,2147483647")
    bad = ("NaN,1,1", "1,nan,1", "1,inf,1", "1,-Infinity,1", "1e400,1,1", "1,1,99999999999")
    rows = [
        f"{n},Anna Vogel,anna@mail.example,,secretly,2026-11-01,{told}"
        for n, told in enumerate([*odd, *bad])
    ]
    home.people("People.csv", *rows)
    told = home.land_one()
    assert (told.accepted, told.quarantined) == (len(odd), len(bad))
    assert [line for line, *_ in rejected(home)] == [5, 6, 7, 8, 9, 10]
    assert home.query("select amount, score, visits from raw_shop.people order by _line") == [
        (-5, 11, -3),
        (0, -1000, 0),
        (99999999, 6, 2147483647),
    ]
    assert home.query("select isfinite(avg(score)) from raw_shop.people") == [(True,)]
    tells_nothing(home, SECRETS, told.reason)
    good = [
        row if n < len(odd) else row.rpartition(",2026-11-01,")[0] + ",2026-11-01,1,1,1"
        for n, row in enumerate(rows)
    ]
    header = "Id,Name,Email,Phone,Note,SystemModstamp,Amount,Score,Visits"
    mended(home, "People.csv", "\n".join([header, *good, ""]))


def test_fault_50_a_name_twice_in_the_header(home: SmallHome) -> None:
    good = f"{HEAD}\n{GOOD}\n".encode()
    stand_aside(
        home,
        Bad("People_1.csv", f"{HEAD},Email\n{GOOD},x\n".encode(), good, ("names 'Email' twice",)),
        Bad("People_2.csv", f"{HEAD},email\n{GOOD},x\n".encode(), good, ("names 'email' twice",)),
    )
