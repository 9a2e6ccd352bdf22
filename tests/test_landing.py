"""Delivered files become typed, private rows; their books balance, and order never matters."""

import itertools
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from small_home import CONTRACT, NOW, SmallHome, event, small_home

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing.commit import Batch
from cx_pipeline.landing.load import land, take_out
from cx_pipeline.landing.retire import retire
from cx_pipeline.warehouse import canonical_row, connect


@pytest.fixture
def home(tmp_path: Path) -> SmallHome:
    return small_home(tmp_path)


ANNA = "1,Anna Vogel,anna@mail.example,+49 170 1234567,,2026-11-01T10:00:00.000Z,12.50,0.5,3"
BERT = "2,Bert Roth,BERT@mail.example,,,2026-11-01T11:00:00.000+0100,7,,"


def test_all_raw_tables_are_there_before_anything_is(home: SmallHome) -> None:
    assert home.land() == []
    tables = home.query("select table_name from duckdb_tables() where schema_name = 'raw_shop'")
    assert {"people", "people__superseded", "events", "calls", "lines"} <= {t for (t,) in tables}
    assert home.query("select count(*) from landing.loads") == [(0,)]


def test_rows_are_typed_and_persons_are_tokens(home: SmallHome) -> None:
    home.people("People_1.csv", ANNA, BERT)
    told = home.land_one()
    assert (told.status, told.rows_read, told.accepted, told.reason) == ("loaded", 2, 2, None)
    rows = home.query(
        "select person_id, email, phone, changed_at, amount, score, visits, _version, _line "
        "from raw_shop.people order by _line"
    )
    assert [row[3:] for row in rows] == [
        (datetime(2026, 11, 1, 10), 12.5, 0.5, 3, datetime(2026, 11, 1, 10), 2),
        (datetime(2026, 11, 1, 10), 7, None, None, datetime(2026, 11, 1, 10), 3),
    ]
    for value in itertools.chain(*(row[:3] for row in rows)):
        assert value is None or (value.startswith("v1_") and len(value) == 35)
    everything = str(home.query("select * from raw_shop.people"))
    assert "anna" not in everything.lower() and "1234567" not in everything


def test_columns_in_any_order_and_gzip_give_the_same(tmp_path: Path) -> None:
    one, other = small_home(tmp_path / "a"), small_home(tmp_path / "b")
    shutil.copy(one.settings.token_key_file, other.settings.token_key_file)
    one.people("People_1.csv", ANNA)
    name, value = "Amount,Id,SystemModstamp,Email,Name,Extra,Phone,Note,Score,Visits", "12.50,1,"
    value += "2026-11-01 11:00:00+01,Anna@mail.example,Anna Vogel,x,0049 170 1234567,,0.50,3"
    other.drop("deep/er/People_9.csv.gz", f"{name}\r\n{value}\r\n")
    assert one.land_one().reason is None
    assert "Extra" in (other.land_one().reason or "")
    assert one.content("people") == other.content("people")


def test_nested_json_epochs_and_addresses_of_pages(home: SmallHome) -> None:
    page = "https://s.example/p?utm_source=news&email=anna%40mail.example#top"
    home.events(
        "events_1.ndjson",
        [event(0, page=page, items=[{"id": 1.5}]), event(1, device={"web": {"browser": "Fox"}})],
    )
    assert home.land_one().accepted == 2
    rows = home.query(
        "select happened_at, device, browser, page, session, items from raw_shop.events order by 1"
    )
    first = datetime(2026, 11, 1)
    clean = "https://s.example/p?utm_source=news&email=redacted"
    assert rows[0] == (first, "mobile", None, clean, 17, '[{"id":1.5}]')
    assert rows[1][:3] == (first + timedelta(microseconds=1), None, "Fox")


def test_zones_formats_nulls_and_rows_without_a_key(home: SmallHome) -> None:
    row = "A\t260701\t2026-07-01 12:00:00\t0"
    home.drop("calls_1.tsv", f"line\tcalled_on\tbegan_at\tseconds\nn\td\tb\ts\n{row}\n{row}\n")
    assert home.land_one().accepted == 2  # equal rows are two rows: there is no key
    rows = home.query("select called_on, began_at, seconds, _time, _line from raw_shop.calls")
    assert {row[:4] for row in rows} == {
        (datetime(2026, 7, 1).date(), datetime(2026, 7, 1, 10), None, datetime(2026, 6, 30, 22))
    }
    home.drop(
        "calls_2.tsv", f"line\tcalled_on\tbegan_at\tseconds\nn\td\tb\ts\n{row}\n{row}\n{row}\n"
    )
    told = home.land_one()
    assert (told.accepted, told.duplicate) == (1, 2)  # the most that any one file holds


def test_encodings_versions_in_names_json_and_parquet(home: SmallHome) -> None:
    home.drop("stock_20261101.csv", "sku,title\n1,茶壶\n".encode("gb18030"))
    home.drop("stock_20261102.csv", "sku,title\n1,茶壶\n".encode("gb18030"))
    home.drop("rates.json", '{"rates": [{"day": "2026-11-01", "rate": 1.25}]}')
    table = pa.table({"line_id": [7], "paid_at": [datetime(2026, 11, 1, 9)]})
    pq.write_table(table, home.folder / "lines_1.parquet")
    assert [told.accepted for told in home.land()] == [1, 1, 1, 1]
    assert home.query("select title, _version from raw_shop.stock order by _version") == [
        ("茶壶", datetime(2026, 11, 1)),
        ("茶壶", datetime(2026, 11, 2)),
    ]
    assert home.query("select * exclude (_key, _hash) from raw_shop.rates")[0][:2] == (
        datetime(2026, 11, 1).date(),
        1.25,
    )
    assert home.query("select line_id, paid_at from raw_shop.lines") == [
        (7, datetime(2026, 11, 1, 9))
    ]


def test_of_equal_events_one_stands_whatever_came_first(tmp_path: Path) -> None:
    deliveries = [
        [event(0, device={"category": "mobile"}), event(1)],
        [event(0, device={"category": "tablet"}), event(1)],
        [event(0, device={"category": "desktop"}), event(2)],
    ]
    told = set()
    for number, order in enumerate([(0, 1, 2), (2, 1, 0), (1, 2, 0)]):
        home = small_home(tmp_path / str(number))
        home.settings.token_key_file.write_text("v1:" + "A" * 43 + "=\n")
        for place in order:
            home.events(f"events_{place}.ndjson", deliveries[place])
            assert sum(one.conflicts for one in home.land()) <= 1
        standing = home.query(
            "select name, device, happened_at from raw_shop.events where _row not in "
            "(select _row from raw_shop.events__superseded) order by all"
        )
        assert home.query("select count(*) from raw_shop.events__superseded") == [(2,)]
        told.add((str(standing), str(home.content("events"))))
    assert len(told) == 1


def test_the_books_balance_and_the_profile_tells_the_batch(home: SmallHome) -> None:
    home.people("People_1.csv", ANNA, BERT, ANNA, "3,C,c@mail.example,,,2026-11-01,many,,")
    told = home.land_one()
    assert (told.rows_read, told.accepted, told.duplicate, told.quarantined) == (4, 2, 1, 1)
    ((profile, low, high),) = home.query("select profile, min_time, max_time from landing.loads")
    assert '"rows": 3' in profile and '"amount": [7.0, 12.5]' in profile
    assert low == high == datetime(2026, 11, 1, 10)
    assert home.query("select line, column_name, reason from landing.quarantine") == [
        (5, "amount", "is not a decimal(18,2)")
    ]


def test_content_hashes_are_those_of_the_canonical_row(home: SmallHome) -> None:
    home.people("People_1.csv", ANNA, BERT, '3,Żółć 黄,,,"a, ""b"" 👍🏽",2026-11-01,,,')
    home.events("events_1.ndjson", [event(0), event(1, device={"web": {"browser": "Füchs"}})])
    home.land()
    for contract in home.packs[0].contracts:
        if contract.table in ("people", "events"):
            told = canonical_row(sorted(contract.raw_columns))
            wrong = f"_hash <> cast(md5({told}) as uuid)"
            assert home.query(
                f"select count(*) > 1, count(*) filter ({wrong}) from raw_shop.{contract.table}"
            ) == [(True, 0)]


def test_a_changed_contract_reads_the_delivered_file_again(home: SmallHome) -> None:
    home.people("People_1.csv", ANNA, BERT)
    home.land()
    pack = home.packs[0].folder / "_shop__sources.yml"
    pack.write_text(CONTRACT.replace('"decimal(18,2)", config', "double, config"))
    changed = SmallHome(home.settings, (load_pack(home.packs[0].folder),))
    told = changed.land_one()
    assert (told.status, told.accepted, told.duplicate) == ("loaded", 2, 0)
    assert changed.query("select count(*), typeof(any_value(amount)) from raw_shop.people") == [
        (2, "DOUBLE")
    ]
    assert changed.query("select count(*) from landing.loads") == [(1,)]
    assert changed.land() == []


def test_a_refused_batch_leaves_and_what_others_delivered_too_comes_back(home: SmallHome) -> None:
    home.events("events_1.ndjson", [event(0), event(1, device={"category": "x"}), event(2)])
    home.events("events_2.ndjson", [event(0), event(1, device={"category": "y"}), event(3)])
    first, second = home.land()
    assert (first.accepted, second.accepted, second.duplicate, second.conflicts) == (
        3,
        2,
        1,
        0,
    ) or (first.conflicts + second.conflicts == 1)
    with connect(home.settings.warehouse_file) as con:
        assert first.load is not None
        assert take_out(con, first.load) == 3
        assert take_out(con, first.load) == 0
    loads = home.query(
        "select status, rows_read, accepted, quarantined, duplicate from landing.loads "
        "order by load"
    )
    assert loads == [("aside", 3, 0, 3, 0), ("loaded", 3, 3, 0, 0)]
    alone = small_home(home.settings.home.parent / "alone")
    shutil.copy(home.settings.token_key_file, alone.settings.token_key_file)
    shutil.copy(home.folder / "events_2.ndjson", alone.folder)
    alone.land()
    assert home.content("events") == alone.content("events")
    assert home.query("select count(*) from raw_shop.events__superseded") == [(0,)]
    assert home.query("select count(*) from landing.quarantine") == [(3,)]
    (again,) = home.land()
    assert again.status == "aside" and again.load == first.load


def test_nothing_is_in_the_warehouse_when_a_batch_breaks(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.people("People_1.csv", ANNA)
    with monkeypatch.context() as broken:
        broken.setattr(
            "cx_pipeline.landing.commit.profile_text", lambda _: (_ for _ in ()).throw(OSError)
        )
        with pytest.raises(OSError):
            home.land()
    assert home.query("select count(*) from raw_shop.people") == [(0,)]
    assert home.query("select count(*) from landing.loads") == [(0,)]
    assert home.land_one().accepted == 1


def test_delivered_files_go_when_their_time_is_over(home: SmallHome) -> None:
    path = home.people("People_1.csv", ANNA)
    kept = home.drop("People_2.csv", b"")
    home.land()
    with connect(home.settings.warehouse_file) as con:
        assert retire(home.settings, con, NOW + timedelta(days=29)) == []
        assert retire(home.settings, con, NOW + timedelta(days=31)) == ["shop/People_1.csv"]
    assert not path.exists() and kept.exists()
    assert list(home.settings.archive.glob("shop/*-people.parquet"))


def test_an_open_warehouse_can_be_given(home: SmallHome) -> None:
    home.people("People_1.csv", ANNA)
    with connect(home.settings.warehouse_file) as con:
        (told,) = land(home.settings, home.packs, run_id="r", now=NOW, con=con)
        assert told.accepted == 1
        assert con.execute("select run_id from landing.loads").fetchall() == [("r",)]


def test_a_given_warehouse_lands_in_the_landings_memory_and_gets_its_own_back(
    home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.people("People_1.csv", ANNA)
    limits, commit = [], Batch.commit

    def watched(batch: Batch, files: Any) -> Any:
        limits.append(limit())
        return commit(batch, files)

    monkeypatch.setattr(Batch, "commit", watched)
    with connect(home.settings.warehouse_file, memory_limit="1GiB") as con:

        def limit() -> Any:
            return con.execute("select current_setting('memory_limit')").fetchall()[0][0]

        land(home.settings, home.packs, run_id="r", now=NOW, con=con)
        assert limits == ["244.1 MiB"]
        assert limit() == "1.0 GiB"


def test_a_personal_value_in_a_plain_column_is_redacted_and_said(home: SmallHome) -> None:
    home.events("events.ndjson", [event(1, name="mail anna@mail.example"), event(2)])
    contract = home.packs[0].contract("events")
    assert "name" in contract.extract.key  # keys stay: the search of what is published refuses
    home.drop("stock_20261101.csv", "sku,title\n1,call anna@mail.example\n2,Kettle\n")
    told = {one.table: one.reason for one in home.land()}
    assert home.query("select title from raw_shop.stock order by sku") == [
        ("call [email]",),
        ("Kettle",),
    ]
    assert "column title is not said to be personal and held 1 personal values" in str(
        told["stock"]
    )


WIDE = """
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: orders
        config: {meta: {extract: {files: "orders*.csv", format: csv, kind: events, key: [c0]}}}
        columns:
"""


@pytest.mark.parametrize("rows", [2_000, pytest.param(40_000, marks=pytest.mark.prove)])
def test_a_table_of_200_columns_lands(tmp_path: Path, rows: int) -> None:
    """The memory that reading, protecting and archiving take hangs on no number of columns."""
    names = [f"c{number}" for number in range(200)]
    home = small_home(tmp_path, WIDE + "".join(f"          - {{name: {name}}}\n" for name in names))
    lines = (
        ",".join([f"k{row}", *(f"value {row} of column {n}" for n in range(1, 200))])
        for row in range(rows)
    )
    home.drop("orders.csv", "\n".join([",".join(names), *lines, ""]))
    (told,) = home.land()
    assert (told.reason, told.accepted) == (None, rows)
    assert home.query("select count(distinct c0), max(c199) from raw_shop.orders") == [
        (rows, f"value {max(map(str, range(rows)))} of column 199")
    ]
