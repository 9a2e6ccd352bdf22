"""The gate on a small real warehouse: what was not judged, or edited since, is not shown."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from release_world import EXPECTED, FILL, TABLES, judge, judged, new_home, show

from cx_pipeline.release import ledger
from cx_pipeline.release.gate import GateRefused, prove
from cx_pipeline.release.marts import Table
from cx_pipeline.release.shelf import Shelf
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return new_home(tmp_path / "home")


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with judged(settings) as con:
        yield con


def test_nothing_judged_nothing_shown(settings: Settings) -> None:
    with connect(settings.warehouse_file) as con:
        con.execute(FILL)
        with pytest.raises(GateRefused, match="nothing was judged yet"):
            show(settings, con)
    assert not settings.published.exists()


def test_a_hand_edit_is_refused_and_both_hashes_named(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    told = ledger.last_snapshot(con)
    assert told
    live = show(settings, con).folder
    con.execute("update marts.dim_customers set agent_token = null where rowid = 0")
    with pytest.raises(GateRefused) as refused:
        show(settings, con, run_id="run-2")
    now = ledger.hash_of_marts(ledger.count(con, TABLES))
    assert told.content_hash in refused.value.reasons[0]
    assert now in refused.value.reasons[0]
    assert "marts.dim_customers" in refused.value.reasons[0]
    assert Shelf(settings.published / "analysts").current == live
    judge(con)
    assert show(settings, con, run_id="run-3").folder != live


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("delete from ledger.verdicts where check_name = 'whole'", "whole never finished"),
        ("update ledger.verdicts set passed = false", "orders_add_up failed on marts.fct_orders"),
        (
            "update ledger.verdicts set snapshot = 'old'",
            r"orders_add_up judged other content \(old\)",
        ),
        ("drop table marts.dim_customers", "marts.dim_customers does not exist"),
    ],
)
def test_the_gate_fails_closed(con: duckdb.DuckDBPyConnection, fault: str, reason: str) -> None:
    prove(con, EXPECTED, TABLES)
    con.execute(fault)
    with pytest.raises(GateRefused, match=reason):
        prove(con, EXPECTED, TABLES)


def test_a_check_that_failed_last_refuses_although_it_passed_before(
    con: duckdb.DuckDBPyConnection,
) -> None:
    judge(con, passed=False)
    with pytest.raises(GateRefused, match="3 rows"):
        prove(con, EXPECTED, TABLES)
    judge(con)
    prove(con, EXPECTED, TABLES)


def test_verdicts_speak_of_their_tables(con: duckdb.DuckDBPyConnection) -> None:
    snapshot = ledger.last_snapshot(con)
    assert snapshot
    table: Table = TABLES[1]
    assert snapshot.hash_of([table.full_name]) == snapshot.tables[table.full_name].content_hash
    assert snapshot.hash_of([]) == snapshot.hash_of(["intermediate.int_hidden"])
    both = ["marts.dim_customers", "marts.fct_orders"]
    assert snapshot.hash_of(both) not in {snapshot.hash_of([name]) for name in both}


def test_history_is_ordered_by_the_day_it_tells_of(con: duckdb.DuckDBPyConnection) -> None:
    for day, rows in ((3, 100), (2, 50), (3, 80)):
        con.execute(
            f"create or replace table marts.dim_customers as from marts.dim_customers limit {rows}"
        )
        ledger.take_snapshot(con, TABLES, run_id="r", as_of=date(2026, 12, day))
    assert ledger.rows_before(con, date(2026, 12, 4))["marts.dim_customers"][:2] == [50, 50]
    assert ledger.rows_before(con, date(2026, 11, 1)) == {}


@pytest.mark.parametrize(
    "edit",
    [
        "update marts.dim_customers set person_id = agent_token, agent_token = person_id",
        "update marts.fct_orders set ordered_date = ordered_date + 1",
        "update marts.fct_orders set amount = 1 - amount where amount in (0, 1)",
        "update marts.fct_orders set note = null where rowid = 7",
        "insert into marts.fct_orders from marts.fct_orders limit 1",
        "delete from marts.fct_orders where rowid = 7",
        "alter table marts.fct_orders alter amount type decimal(18,3)",
        "alter table marts.fct_orders rename note to remark",
    ],
)
def test_every_kind_of_edit_is_refused(con: duckdb.DuckDBPyConnection, edit: str) -> None:
    """What a fingerprint that stays the same would let through."""
    con.execute(edit)
    with pytest.raises(GateRefused, match="judged was"):
        prove(con, EXPECTED, TABLES)


def test_the_same_rows_in_another_order_are_what_was_judged(
    con: duckdb.DuckDBPyConnection,
) -> None:
    before = prove(con, EXPECTED, TABLES)
    con.execute("create or replace table marts.fct_orders as from marts.fct_orders order by note")
    assert prove(con, EXPECTED, TABLES) == before


def test_a_snapshot_without_fingerprints_is_proved_by_content(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Those written before there were any, or by another version of DuckDB."""
    now = prove(con, EXPECTED, TABLES)
    con.execute(
        "update ledger.snapshots set tables = regexp_replace("
        'tables::varchar, \'"rows_as_stored": "[0-9a-f]+"\', \'"rows_as_stored": ""\', \'g\')'
    )
    told = ledger.last_snapshot(con)
    assert told
    assert {table.rows_as_stored for table in told.tables.values()} == {""}
    assert prove(con, EXPECTED, TABLES) == now
    con.execute("update marts.fct_orders set amount = 99 where rowid = 0")
    with pytest.raises(GateRefused, match=r"changed since: marts\.fct_orders\)"):
        prove(con, EXPECTED, TABLES)
