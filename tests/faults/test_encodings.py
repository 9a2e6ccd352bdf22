"""Rows 33 to 38: text in another encoding than agreed, in two, or encoded twice."""

import shutil
from pathlib import Path

import pytest
from small_home import SmallHome
from undisturbed import Bad, content, converges, mended, one_line, rejected, shop, stand_aside

HEAD = "Id,Name,Email,SystemModstamp,Amount"
ROW = "1,Zoë 王小明,z@mail.example,2026-11-01,1"


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return shop(tmp_path, "people")


def rows(name: str, count: int = 300) -> str:
    told = (f"{n},{name}{n},n{n}@mail.example,2026-11-01,1" for n in range(count))
    return "\n".join([HEAD, *told, ""])


@pytest.mark.parametrize(
    ("row", "encoding"),
    [(33, "utf-8-sig"), (34, "utf-16"), (34, "utf-16-be")],
    ids=["fault_33_utf-8-sig", "fault_34_utf-16", "fault_34_utf-16-be"],
)
def test_fault_33_34_a_byte_order_mark_is_transparent(
    tmp_path: Path, row: int, encoding: str
) -> None:
    plain, home = shop(tmp_path / "plain", "people"), shop(tmp_path / "marked", "people")
    shutil.copy(plain.settings.token_key_file, home.settings.token_key_file)
    text = f"{HEAD}\n{ROW}\n"
    plain.drop("People.csv", text)
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    home.drop("People.csv", (mark + text).encode(encoding))
    assert plain.land_one().accepted == home.land_one().accepted == 1
    assert content(home) == content(plain)


def test_fault_35_gb18030_by_contract_or_not_at_all(tmp_path: Path) -> None:
    home = shop(tmp_path, "people", "stock")
    title = "茶壶和茶杯的套装"
    home.drop("stock_20261101.csv", f"sku,title\n1,{title}\n".encode("gb18030"))
    assert home.land_one().accepted == 1
    assert home.query("select title from raw_shop.stock") == [(title,)]
    good, bad = rows("王小明").encode(), rows("王小明").encode("gb18030")
    words = ("100.0% of its rows are not utf-8", "looks like gb18030", "set extract.encoding")
    stand_aside(home, Bad("People.csv", bad, good, words))
    assert home.query("select count(*) from raw_shop.people") == [(300,)]


def test_fault_36_cp1252_in_a_utf_8_contract(home: SmallHome) -> None:
    good, bad = rows("Zoë").encode(), rows("Zoë").encode("cp1252")
    words = ("rows are not utf-8", "looks like cp1252", "deliver it in the agreed encoding")
    stand_aside(home, Bad("People.csv", bad, good, words))


def test_fault_37_one_row_of_another_encoding(home: SmallHome) -> None:
    last = "900,Zoë,z@mail.example,2026-11-01,1\n"
    home.drop("People.csv", rows("N").encode() + last.encode("cp1252"))
    told = home.land_one()
    assert (told.status, told.accepted, told.quarantined) == ("loaded", 300, 1)
    assert rejected(home) == [(302, "full_name", "holds bytes that are not utf-8")]
    mended(home, "People.csv", rows("N") + last)
    assert home.query("select count(*) from raw_shop.people") == [(301,)]


def test_fault_37_more_than_one_row_in_a_hundred(home: SmallHome) -> None:
    some = "".join(f"{n},Zoë,z@mail.example,2026-11-01,1\n" for n in range(900, 904))
    bad = rows("N").encode() + some.encode("cp1252")
    words = ("1.3% of its rows are not utf-8", "looks like cp1252")
    stand_aside(home, Bad("People.csv", bad, (rows("N") + some).encode(), words))


def test_fault_38_text_that_was_encoded_twice_is_a_warning(tmp_path: Path) -> None:
    home = shop(tmp_path, "stock", "events")
    twice = "Café Zoë’s".encode().decode("cp1252")
    assert "Ã©" in twice
    text = f"sku,title\n1,{twice}\n2,茶壶\n3,{twice}\n"
    home.drop("stock_20261101.csv", b"\xef\xbb\xbf" + text.encode())
    home.drop("events_1.ndjson", f'{{"ts": "1", "name": "{twice}", "cookie": "c"}}\n'.encode())
    for told in home.land():
        assert told.status == "loaded" and told.quarantined == 0
        lines = 2 if told.table == "stock" else 1
        one_line(told, f"{lines} of its lines look encoded twice", "deliver it encoded once")
    home.drop("stock_20261102.csv", "sku,title\n1,São Café\n2,À ÃÂ\n".encode("gb18030"))
    assert [one.reason for one in converges(home)] == [None]
