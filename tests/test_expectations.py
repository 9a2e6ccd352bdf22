"""Files against contract and history, marts against their columns: on a real warehouse."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from cx_pipeline.contracts import Contract
from cx_pipeline.expectations.engine import Batch, run
from cx_pipeline.expectations.judge import check_of, judge_files, judge_marts
from cx_pipeline.expectations.rules import Rule, fingerprint, mart_rules, rows_ratio
from cx_pipeline.expectations.verdict import Verdict
from cx_pipeline.release.marts import Column, Table
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect, content_hash

AS_OF = date(2026, 11, 1)
CONTRACT = Contract.model_validate(
    {
        "source": "crm",
        "table": "contacts",
        "extract": {"files": "c*.csv", "format": "csv", "kind": "snapshot", "time": "seen_at"},
        "expect": {
            "rows": {"day_over_day": [0.5, 2.0], "min": 5},
            "null_share": {"email": 0.2},
            "range": {"score": {"between": [0, 10], "severity": "error"}},
            "fresh_days": 2,
        },
        "columns": [
            {"name": "email", "data_type": "varchar"},
            {"name": "score", "data_type": "integer"},
            {"name": "channel", "data_type": "varchar", "enum": ["web", "call"]},
            {"name": "seen_at", "data_type": "timestamp"},
        ],
    }
)
RAW = """
create schema landing;
create table landing.loads (load bigint, run_id varchar, source varchar, table_name varchar,
    file_name varchar, status varchar, rows_read bigint, max_time timestamp, profile varchar);
"""
FILE = """insert into landing.loads
    values (?, ?, 'crm', 'contacts', ?, 'loaded', ?, '2026-10-31', ?)"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def deliver(
    settings: Settings,
    load: int,
    run: str = "now",
    rows: int = 100,
    nulls: int = 10,
    highest: int = 10,
    outside: int = 0,
) -> None:
    """One loaded file with the profile that landing writes."""
    profile = {
        "rows": rows,
        "nulls": {"email": nulls},
        "ranges": {"score": [0, highest]},
        "outside": {"channel": outside},
    }
    with connect(settings.warehouse_file) as con:
        if load == 1:
            con.execute(RAW)
        con.execute(FILE, [load, run, f"c{load}.csv", rows, json.dumps(profile)])


def test_each_file_gets_the_verdict_of_its_own_rows(settings: Settings) -> None:
    deliver(settings, 1, run="before")
    deliver(settings, 2)
    deliver(settings, 3, nulls=62)
    deliver(settings, 4, highest=11)
    deliver(settings, 5, rows=30, nulls=3)
    deliver(settings, 6, outside=100)
    *files, fresh = judge_files(settings, [CONTRACT], run_id="now", as_of=AS_OF)
    assert [(v.load, v.passed, v.severity) for v in files] == [
        (2, True, "error"),
        (3, False, "error"),
        (4, False, "error"),
        (5, False, "error"),
        (6, False, "warn"),
    ]
    assert [verdict.load for verdict in files if verdict.refuses] == [3, 4, 5]
    assert files[1].detail == "c3.csv: expected share of nulls in email at most 0.2 (is 0.62)"
    assert files[2].detail == "c4.csv: expected score at most 10 (is 11)"
    assert "rows against the files before: 0.5 to 2 times (is 0.3)" in files[3].detail
    assert "channel only one of web, call (is 100)" in files[4].detail
    assert fresh.passed
    docs = settings.state / "gx" / "now" / "files"
    assert "crm.contacts" in (docs / "index.html").read_text()
    with connect(settings.warehouse_file) as con:  # nothing was left open
        assert con.execute("select count(*) from ledger.profiles").fetchone() == (30,)


def test_without_a_new_file_only_freshness_is_judged(settings: Settings) -> None:
    deliver(settings, 1, run="before")
    (fresh,) = judge_files(settings, [CONTRACT], run_id="now", as_of=date(2026, 11, 5))
    assert not fresh.passed
    assert not fresh.refuses
    assert fresh.detail == "newest row is 5.0 days old, expected at most 2"
    assert not (settings.state / "gx").exists()


def test_few_rows_before_say_nothing_about_volume() -> None:
    assert rows_ratio(500, []) is None
    assert rows_ratio(500, [3, 4, 5]) is None
    assert rows_ratio(50, [100, 90, 400]) == 0.5


ORDERS = Table(
    "marts",
    "fct_orders",
    (
        Column("order_id", "VARCHAR"),
        Column("local_date", "DATE"),
        Column("refund_share", "DOUBLE", unit="share"),
        Column("line_count", "BIGINT"),
    ),
    key=("order_id",),
)
KPIS = Table(
    "marts",
    "fct_kpi_daily",
    tuple(Column(name, "DOUBLE") for name in ("kpi_id", "value", "low", "high")),
    key=("kpi_id",),
)
MARTS = """
create schema marts;
create table marts.fct_orders as select 'o' || i as order_id,
    date '2026-10-31' - (i % 30)::integer as local_date, 0.1::double as refund_share,
    (i % 4)::bigint as line_count from range(200) as r(i);
create table marts.dim_kpis as select 'nps' as kpi_id, 'wilson' as interval_method,
    -100::double as lowest, 100 as highest;
create table marts.fct_kpi_daily as
select 'nps' as kpi_id, 10.0::double as value, 8.0::double as low, 12.0::double as high;
"""


def marts(
    settings: Settings,
    fault: str = "select 1",
    known: dict[str, Verdict] | None = None,
    before: dict[str, list[int]] | None = None,
    as_of: date = AS_OF,
) -> dict[str, Verdict]:
    with connect(settings.warehouse_file) as con:
        if (
            con.execute("select 1 from duckdb_schemas where schema_name = 'marts'").fetchone()
            is None
        ):
            con.execute(MARTS)
        con.execute(fault)
        tables = [ORDERS, KPIS]
        hashes = {t.full_name: content_hash(con, t.schema, t.name) for t in tables}
        rows = {t.full_name: len(con.execute(f"from {t.full_name}").fetchall()) for t in tables}
        (last,) = con.execute("select max(local_date) from marts.fct_orders").fetchall()[0]
    verdicts = judge_marts(
        settings, tables, run_id="now", as_of=as_of, hashes=hashes, rows=rows,
        last_days={(ORDERS.full_name, "local_date"): last}, before=before or {}, known=known or {},
    )  # fmt: skip
    return {verdict.check_name: verdict for verdict in verdicts}


def test_good_marts_pass_and_are_not_judged_again(settings: Settings) -> None:
    first = marts(settings)
    assert [verdict.sentence for verdict in first.values()] == [
        "as_expected marts.fct_orders passed on marts.fct_orders",
        "as_expected marts.fct_kpi_daily passed on marts.fct_kpi_daily",
    ]
    assert ("refund_share from 0 to 1", True) in first[check_of(ORDERS)].results
    docs = settings.state / "gx" / "now" / "marts" / "index.html"
    docs.unlink()
    again = marts(settings, known=first)
    assert all(verdict.reused for verdict in again.values())
    assert not docs.exists()
    usual = marts(settings, known=first, before={ORDERS.full_name: [150, 190]})
    assert all(verdict.reused for verdict in usual.values())
    unusual = marts(settings, known=first, before={ORDERS.full_name: [1000, 1100, 900]})
    assert [(v.reused, v.passed) for v in unusual.values()] == [(False, False), (True, True)]
    assert "expected 500 to 2000 rows" in unusual[check_of(ORDERS)].detail
    again = marts(settings, known=unusual)
    assert [(v.reused, v.passed) for v in again.values()] == [(False, True), (True, True)]
    changed = marts(settings, "delete from marts.fct_orders where order_id = 'o7'", known=first)
    assert [verdict.reused for verdict in changed.values()] == [False, True]


def test_a_warning_of_the_same_rows_stands_and_an_error_is_asked_again(settings: Settings) -> None:
    old = "update marts.fct_orders set local_date = local_date - 60"
    warned = marts(settings, old)
    first = warned[check_of(ORDERS)]
    assert (first.passed, first.severity, first.reused) == (False, "warn", False)
    again = marts(settings, known=warned)
    assert again[check_of(ORDERS)] == replace(first, reused=True)
    unusual = marts(settings, known=warned, before={ORDERS.full_name: [1000, 1100, 900]})
    both = unusual[check_of(ORDERS)]
    assert not both.reused and "rows" in both.detail and first.detail in both.detail
    assert not marts(settings, known=unusual)[check_of(ORDERS)].reused
    wrong = marts(settings, "update marts.fct_orders set refund_share = 2", known=warned)
    assert wrong[check_of(ORDERS)].severity == "error"
    assert not marts(settings, known=wrong)[check_of(ORDERS)].reused


def test_days_that_pass_are_asked_of_the_same_rows_only_when_they_grow_late(
    settings: Settings,
) -> None:
    first = marts(settings)
    week = [marts(settings, known=first, as_of=AS_OF + timedelta(days=day)) for day in (1, 6)]
    assert all(verdicts[check_of(ORDERS)].reused for verdicts in week)
    late = marts(settings, known=week[-1], as_of=AS_OF + timedelta(days=7))
    told = late[check_of(ORDERS)]
    assert (told.reused, told.passed, told.severity) == (False, False, "warn")
    after = marts(settings, known=late, as_of=AS_OF + timedelta(days=8))
    assert after[check_of(ORDERS)] == replace(told, reused=True)
    before = marts(settings, known=after, as_of=AS_OF - timedelta(days=1))
    assert not before[check_of(ORDERS)].reused
    assert before[check_of(ORDERS)].refuses  # rows of the night's own day


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("update marts.fct_orders set order_id = null where line_count = 3", "order_id is never"),
        ("update marts.fct_orders set refund_share = 1.2", "refund_share from 0 to 1"),
        ("update marts.fct_orders set line_count = -1", "line_count not negative"),
        ("update marts.fct_orders set local_date = '2026-11-01'", "no local_date at or after"),
        ("update marts.fct_kpi_daily set low = 11", "low <= value <= high"),
        ("update marts.fct_kpi_daily set value = 101, high = 102", "value within what its KPI"),
    ],
)
def test_a_fault_in_a_mart_is_named(settings: Settings, fault: str, told: str) -> None:
    (failed,) = [verdict for verdict in marts(settings, fault).values() if not verdict.passed]
    assert failed.refuses
    assert failed.detail.startswith(f"expected {told}")
    assert ";" not in failed.detail


def test_unusual_volume_warns(settings: Settings) -> None:
    seen = {"marts.fct_orders": [1000, 1100, 900]}
    verdict = marts(settings, before=seen)[check_of(ORDERS)]
    assert (verdict.passed, verdict.refuses) == (False, False)
    assert verdict.detail == "expected 500 to 2000 rows, from the nights before"
    stale = marts(settings, "update marts.fct_orders set local_date = '2026-10-01'")
    assert not stale[check_of(ORDERS)].refuses
    assert (
        stale[check_of(ORDERS)].detail
        == "expected last local_date at most 7 days before the night's own"
    )


def test_a_check_that_breaks_is_an_error_and_never_a_pass(settings: Settings) -> None:
    verdict = marts(settings, "alter table marts.fct_orders drop column refund_share")
    failed = verdict[check_of(ORDERS)]
    assert failed.refuses
    assert "refund_share from 0 to 1 (check failed: " in failed.detail
    assert "drop" not in failed.detail


def test_rules_that_read_data_work_on_duckdb(settings: Settings) -> None:
    """The buffered cursor: without it each of these is False with `list index out of range`."""
    with connect(settings.warehouse_file) as con:
        con.execute("create schema marts; create table marts.t as select range as a from range(9)")
    rules = (
        Rule("rows", "nine rows", low=9, high=9),
        Rule("not_null", "a is never null", "a"),
        Rule("between", "a from 0 to 8", "a", 0, 8),
        Rule("between", "a from 0 to 7", "a", 0, 7),
        Rule("never", "no a over 8", query="{batch} where a > 8"),
    )
    told = run(settings, [Batch("t", "select * from marts.t", rules, "a")])["t"]
    assert [outcome.error for outcome in told] == [""] * 5
    assert [outcome.passed for outcome in told] == [True, True, True, False, True]
    assert told[3].rows == (8,)


def test_the_same_rules_have_the_same_fingerprint() -> None:
    assert fingerprint(mart_rules(ORDERS, [100], AS_OF)) == fingerprint(
        mart_rules(ORDERS, [100], AS_OF)
    )
    assert fingerprint(mart_rules(ORDERS, [100], AS_OF)) != fingerprint(
        mart_rules(ORDERS, [900], AS_OF)
    )


def test_importing_the_judges_does_not_import_great_expectations() -> None:
    script = (
        "import sys, cx_pipeline.expectations.judge, cx_pipeline.expectations.engine\n"
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
