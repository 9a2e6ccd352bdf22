"""Gate and publish on a small real warehouse: what is shown was judged, is whole, and is safe."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cx_pipeline.contracts import Contract
from cx_pipeline.expectations.verdict import Verdict
from cx_pipeline.privacy.keys import Keys, make_key
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.release import ledger, shelf
from cx_pipeline.release.gate import Expected, GateRefused, LeakFound, prove
from cx_pipeline.release.marts import Table, published_tables
from cx_pipeline.release.publish import Published, publish
from cx_pipeline.release.shelf import Shelf, roll_back, verify
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect

AS_OF = date(2026, 11, 1)
EXPECTED = [Expected("orders_add_up", ("marts.fct_orders",)), Expected("whole")]


def _model(schema: str, name: str, columns: dict[str, str]) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "schema": schema,
        "alias": name,
        "description": f"One row per {name}'s row.",
        "columns": {
            column: {"name": column, "data_type": kind, "description": "A column's words."}
            for column, kind in columns.items()
        },
    }


MODELS = {
    "model.cx.fct_orders": _model(
        "marts",
        "fct_orders",
        {
            "order_id": "varchar",
            "person_id": "varchar",
            "ordered_date": "date",
            "amount": "decimal(18,2)",
            "note": "text",
        },
    ),
    "model.cx.dim_customers": _model(
        "marts", "dim_customers", {"person_id": "varchar", "agent_token": "varchar"}
    ),
    "model.cx.meta_sources": _model(
        "process", "meta_sources", {"source": "varchar", "rows": "bigint"}
    ),
    "model.cx.int_hidden": _model("intermediate", "int_hidden", {"person_id": "varchar"}),
}
TEST = {
    "resource_type": "test",
    "schema": "tests",
    "attached_node": "model.cx.fct_orders",
    "test_metadata": {"name": "one_row_per", "kwargs": {"columns": ["order_id"]}},
}
TABLES = published_tables({"nodes": {**MODELS, "test.cx.one": TEST}})
FILL = """
create schema marts; create schema process;
create table marts.fct_orders as select md5('o' || i) as order_id,
    case when i % 9 > 0 then 'v1_' || md5('p' || i % 50) end as person_id,
    date '2026-08-01' + (i % 90)::integer as ordered_date,
    (i % 70)::decimal(18,2) as amount, 'paid at 12:30, order 10' || i as note
from range(900) as r(i);
create table marts.dim_customers as select 'v1_' || md5('p' || i) as person_id,
    'v1_' || md5('a' || i % 3) as agent_token from range(50) as r(i);
create table process.meta_sources as select 'ga4' as source, 900::bigint as rows;
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home")
    make_key(made.token_key_file)
    return made


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(settings.warehouse_file) as con:
        con.execute(FILL)
        judge(con)
        yield con


def judge(con: duckdb.DuckDBPyConnection, passed: bool = True, run_id: str = "run-1") -> None:
    verdicts = [
        Verdict("orders_add_up", "marts.fct_orders", passed, detail="" if passed else "3 rows"),
        Verdict("whole", "", True),
    ]
    ledger.store(con, run_id, verdicts, TABLES, "inputs", AS_OF)


def show(settings: Settings, con: duckdb.DuckDBPyConnection, **changed: Any) -> Published:
    asked: dict[str, Any] = {
        "audience": "analysts",
        "run_id": "run-1",
        "as_of": AS_OF,
        "manifest_extra": {"data_through": {"ga4": "2026-10-31"}},
        "expected": EXPECTED,
        "tables": TABLES,
    }
    return publish(settings, con, **{**asked, **changed})


def read(publish: Path, query: str) -> list[tuple[Any, ...]]:
    with connect(publish / "cx_marts.duckdb", read_only=True) as con:
        return con.execute(query).fetchall()


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
    def page(shown: duckdb.DuckDBPyConnection, path: Path, told: Mapping[str, Any]) -> None:
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


# ---- the gate ----------------------------------------------------------------------------


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


CONTRACT = Contract.model_validate(
    {
        "source": "crm",
        "table": "people",
        "extract": {"files": "*.csv", "format": "csv", "kind": "snapshot"},
        "columns": [
            {"name": "first", "data_type": "varchar", "pii": {"kind": "name", "action": "token"}},
            {"name": "last", "data_type": "varchar", "pii": {"kind": "name", "action": "token"}},
        ],
    }
)
PEOPLE = [("Summer", "Rose"), ("Ann", "Sale"), ("Jo", "Miller")]


def know(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    """A CRM of three persons whose names are common words."""
    keys = Keys.load(settings)
    with Vault(settings.vault_file, keys) as vault:
        tokenizer = Tokenizer(keys, vault)
        rows = [tokenizer.tokens("name", person) for person in PEOPLE]
        tokenizer.tokens("name", ["Maria van Dyke"])
        tokenizer.tokens("account", ["CN-100234", "55501234"])
        tokenizer.tokens("phone", ["01701234567"])
    con.execute("create schema raw_crm; create table raw_crm.people (first varchar, last varchar)")
    con.executemany("insert into raw_crm.people values (?, ?)", rows)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to jo.miller@example.org please", "email"),
        ("call +49 170 1234567 after six", "phone"),
        ("Mrs Summer Rose was kind", "known name"),
        ("ROSE, Summer", "known name"),
        ("met maria van dyke there", "known name"),
        ("customer CN-100234 waits", "known account"),
        ("login 55501234", "known account"),
        ("ref 01701234567/2", "known phone"),
        ("seen by v1_0123456789abcdef0123456789abcdef", "token of the warehouse"),
    ],
)
def test_what_must_not_leave_is_found_and_never_repeated(
    settings: Settings, con: duckdb.DuckDBPyConnection, text: str, kind: str
) -> None:
    know(settings, con)
    live = show(settings, con, contracts=[CONTRACT]).folder
    con.execute("update marts.fct_orders set note = ? where amount = 3", [text])
    judge(con)
    with pytest.raises(LeakFound) as found:
        show(settings, con, contracts=[CONTRACT], run_id="run-2")
    assert any(
        reason.startswith(f"{kind} in marts.fct_orders.note (1 values, rows ")
        for reason in found.value.reasons
    )
    assert text not in str(found.value)
    assert [p.name for p in live.parent.iterdir() if not p.is_symlink()] == [live.name]


HARMLESS = [
    "Summer Sale", "the Rose garden", "order 4111111", "2026-10-31 23:59:59.123456",
    "d41d8cd98f00b204e9800998ecf8427e", "123e4567-e89b-12d3-a456-426614174000", "1234567890",
    "/shop/item-10023/summer-dress", "v1.2.0.0", "10:30 to 11:45",
]  # fmt: skip


def test_no_false_alarm(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    know(settings, con)
    for place, text in enumerate(HARMLESS):
        con.execute("update marts.fct_orders set note = ? where amount = ?", [text, place])
    judge(con)
    assert show(settings, con, contracts=[CONTRACT]).manifest


def test_a_column_or_table_in_no_contract_is_found(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    con.execute("alter table marts.dim_customers alter person_id type varchar")
    con.execute("alter table marts.fct_orders alter amount type decimal(12,2)")
    judge(con)
    with pytest.raises(LeakFound, match=r"not as contracted in marts\.fct_orders\.amount"):
        show(settings, con)


def test_a_canary_is_found(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("update marts.fct_orders set note = 'about Zyxabcary' where amount = 3")
    judge(con)
    with pytest.raises(LeakFound, match=r"canary in marts\.fct_orders\.note"):
        show(settings, con, canaries=["zyxabcary"])


# ---- the shelf ---------------------------------------------------------------------------


def test_the_last_five_stay_and_an_earlier_one_can_be_shown_again(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    made = []
    for night in range(7):
        con.execute("update marts.fct_orders set amount = ? where amount >= 60", [60 + night])
        judge(con)
        made.append(show(settings, con, run_id=f"run{night}-x").folder)
    folder = settings.published / "analysts"
    assert Shelf(folder).publishes == made[2:]
    assert [path.name for path in made] == sorted(path.name for path in made)
    assert roll_back(folder) == made[-2]
    assert Shelf(folder).current == made[-2]
    with pytest.raises(shelf.PublishError, match="no publish gone"):
        roll_back(folder, "gone")


def test_names_go_forward_when_the_clock_goes_back(tmp_path: Path) -> None:
    rack = Shelf(tmp_path)
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    names = []
    for back in (0, 3600, 7200):
        name = rack.new_name("abc-def", datetime.fromtimestamp(now.timestamp() - back, UTC))
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
        names.append(name)
    assert names == sorted(set(names))
    assert names[0] == "20261101T120000-abc"


def test_a_reader_keeps_what_it_has_open_through_a_publish(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    show(settings, con)
    current = settings.published / "analysts" / "current" / "cx_marts.duckdb"
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for line in sys.stdin:\n"
        "    print(c.execute('select sum(amount)::int from fct_orders').fetchone()[0], flush=True)"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", script, str(current)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdin
    assert reader.stdout
    reader.stdin.write("\n")
    reader.stdin.flush()
    before = reader.stdout.readline()
    con.execute("update marts.fct_orders set amount = 0")
    judge(con)
    show(settings, con, run_id="run-2")
    after, _ = reader.communicate("\n")
    assert before == after != "0\n"
    with connect(current, read_only=True) as shown:
        assert shown.execute("select sum(amount) from fct_orders").fetchone() == (0,)


CRASH = """
import os, signal, sys
from pathlib import Path
import test_release as t
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect
settings = Settings(home=Path(sys.argv[1]))
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
with connect(settings.warehouse_file) as con:
    t.show(settings, con, run_id="run-2", report=die)
"""


def test_a_killed_publish_leaves_the_last_one_and_nothing_half_done(settings: Settings) -> None:
    with connect(settings.warehouse_file) as con:
        con.execute(FILL)
        judge(con)
        live = show(settings, con).folder
        con.execute("update marts.fct_orders set amount = 0")
        judge(con)
    died = subprocess.run(
        [sys.executable, "-c", CRASH, str(settings.home)],
        env={**os.environ, "PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[1]}"},
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    rack = Shelf(settings.published / "analysts")
    assert rack.current == live
    assert verify(live) == []
    assert list(rack.folder.glob(".building-*"))
    with connect(settings.warehouse_file) as con:
        made = show(settings, con, run_id="run-3").folder
    assert rack.current == made
    assert not list(rack.folder.glob(".building-*"))


def test_an_unwritable_place_is_told_before_any_work(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    settings.published.mkdir(parents=True)
    (settings.published / "analysts").write_text("in the way")
    with pytest.raises(shelf.PublishError, match=r"cannot be written.*last publish stays live"):
        show(settings, con)


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
