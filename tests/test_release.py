"""Publishing from a small real warehouse: what is written, what is taken over, what is told."""

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from release_world import (
    AS_OF,
    TABLES,
    judge,
    judged,
    new_home,
    read,
    show,
)

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.release import ledger, shelf
from cx_pipeline.release.build import Build
from cx_pipeline.release.marts import Column, Table
from cx_pipeline.release.publish import Published
from cx_pipeline.release.shelf import Shelf, verify
from cx_pipeline.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return new_home(tmp_path / "home")


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with judged(settings) as con:
        yield con


def test_contracts_come_from_the_manifest() -> None:
    names = [table.full_name for table in TABLES]
    assert names == [
        "marts.dim_customers",
        "marts.fct_orders",
        "process.meta_checks",
        "process.meta_publish",
        "process.meta_sources",
    ]
    orders = TABLES[1]
    assert orders.key == ("order_id",)
    assert orders.month_by == "ordered_date"
    assert orders.rekeyed == ("person_id",)
    assert TABLES[0].rekeyed == ("person_id", "agent_token")


def test_a_publish_is_whole_and_says_what_it_is(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    def page(shown: duckdb.DuckDBPyConnection, path: Path, told: Mapping[str, Any], _: str) -> None:
        row = shown.execute("select count(*) from fct_orders").fetchone()
        path.write_text(f"<p>{row[0] if row else 0} orders as of {told['as_of']}</p>")

    made = show(settings, con, report=page)
    assert settings.published / "analysts" / "current" == made.folder.with_name("current")
    assert Shelf(settings.published / "analysts").current == made.folder
    assert (made.folder / "report.html").read_text() == "<p>900 orders as of 2026-11-01</p>"
    told = made.manifest
    assert told["run_id"] == "run-1"
    assert told["content_hash"] == ledger.hash_of_marts(ledger.count(con, TABLES))
    assert {name: (t["kind"], t["rows"]) for name, t in told["tables"].items()} == {
        "dim_customers": ("mart", 50),
        "fct_orders": ("mart", 900),
        "meta_checks": ("process", 2),
        "meta_publish": ("process", 1),
        "meta_sources": ("process", 1),
    }
    assert [check["check"] for check in told["checks"]] == ["orders_add_up", "whole"]
    assert verify(made.folder) == []
    assert sorted(p.name for p in (made.folder / "parquet" / "fct_orders").iterdir()) == [
        "2026-08",
        "2026-09",
        "2026-10",
    ]
    assert all(p.stat().st_mode & 0o777 == 0o440 for p in made.folder.rglob("*") if p.is_file())
    counts = "select count(*), sum(amount) from fct_orders"
    pattern = str(made.folder / "parquet" / "fct_orders" / "*" / "*.parquet")
    assert read(made.folder, counts) == read(
        made.folder, f"select count(*), sum(amount) from '{pattern}'"
    )


def test_persons_have_other_names_for_each_audience(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    analysts = show(settings, con).folder
    others = show(settings, con, audience="others").folder
    joined = "select count(*) from fct_orders join dim_customers using (person_id)"
    assert read(analysts, joined) == read(others, joined) == [(800,)]
    persons = "select person_id from dim_customers"
    seen = set(read(analysts, persons))
    assert not seen & set(read(others, persons))
    assert all(len(person) == 32 for (person,) in seen)
    hashes = [shelf.read_manifest(folder)["content_hash"] for folder in (analysts, others)]
    assert hashes[0] == hashes[1]
    key = Keys.load(settings).token_key()
    for path in analysts.rglob("*"):
        assert path.is_dir() or (b"v1_" not in path.read_bytes() and key not in path.read_bytes())


def test_the_same_again_is_proved_and_stays(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    first = show(settings, con)
    again = show(settings, con, run_id="run-2")
    assert again.unchanged
    assert again.folder == first.folder


def test_untouched_months_are_taken_over(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    first = show(settings, con).folder
    con.execute("update marts.fct_orders set amount = 1 where ordered_date = '2026-09-15'")
    judge(con, run_id="run-2")
    second = show(settings, con, run_id="run-2").folder
    assert first != second
    name = "parquet/fct_orders/{}/fct_orders.parquet"
    for month, taken in (("2026-08", True), ("2026-09", False), ("2026-10", True)):
        same = (first / name.format(month)).samefile(second / name.format(month))
        assert same is taken, month
    assert verify(first) == verify(second) == []
    assert read(second, "select count(*) from process.meta_publish") == [(2,)]


def test_a_damaged_month_is_named_and_never_taken_over(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    first = show(settings, con).folder
    path = first / "parquet" / "fct_orders" / "2026-08" / "fct_orders.parquet"
    flipped = bytearray(path.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(flipped)
    assert [wrong.split(" is ")[0] for wrong in verify(first)] == [str(path)]
    second = show(settings, con, run_id="run-2")
    assert not second.unchanged
    assert verify(second.folder) == []
    told = json.loads((second.folder / "manifest.json").read_text())
    told["content_hash"] = "0" * 32
    (second.folder / "manifest.json").chmod(0o640)
    (second.folder / "manifest.json").write_text(json.dumps(told))
    assert "manifest.json is damaged" in verify(second.folder)[0]


def test_the_same_rows_give_the_same_parquet_bytes(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    def hashes(made: Published) -> list[str]:
        orders = made.manifest["tables"]["fct_orders"]
        return [entry["sha256"] for entry in orders["files"]]

    first = hashes(show(settings, con))
    con.execute("create table other as select * from marts.fct_orders order by random()")
    con.execute("drop table marts.fct_orders")
    con.execute("create table marts.fct_orders as from other")
    shutil.rmtree(settings.published)
    assert hashes(show(settings, con)) == first


def test_the_database_holds_the_last_months_of_events_and_parquet_all(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    columns = (Column("session_id", "VARCHAR"), Column("day", "DATE"), Column("n", "BIGINT"))
    table = Table("marts", "fct_sessions", columns, key=("session_id",), month_by="day")
    con.execute(
        """create table marts.fct_sessions as select md5(i::varchar) as session_id,
            case when i % 10 > 0 then date '2025-01-01' + (i * 2)::integer end as day, i as n
        from range(300) as r(i) order by random()"""
    )
    build = Build(con, tmp_path, "key", AS_OF, None)
    told = build.tables([table], ledger.count(con, [table]))["fct_sessions"]
    months = {entry["path"].split("/")[-2]: tmp_path / entry["path"] for entry in told["files"]}
    assert min(months) == "2025-01"
    assert max(months) == "undated"
    held = "select session_id, day, n from {} order by day, session_id"
    assert read(tmp_path, "select min(day) from fct_sessions") == [(date(2025, 10, 2),)]
    for month, path in months.items():
        rows = read(tmp_path, f"from '{path}'")
        assert rows == sorted(rows, key=lambda row: (str(row[1]), row[0])), month
    every = con.execute(held.format("marts.fct_sessions")).fetchall()
    assert read(tmp_path, held.format(f"'{tmp_path}/parquet/*/*/*.parquet'")) == every


def test_parquet_and_database_hold_the_same_rows_in_the_same_order(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    con.execute("create or replace table marts.fct_orders as from marts.fct_orders order by note")
    judge(con)
    made = show(settings, con).folder
    files = [str(path) for path in sorted((made / "parquet" / "fct_orders").rglob("*.parquet"))]
    stored = read(made, "from fct_orders")
    assert [row for path in files for row in read(made, f"from '{path}'")] == stored
    assert stored == sorted(stored, key=lambda row: (row[2], row[0]))
