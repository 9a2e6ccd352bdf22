"""The database of a publish begins with the last one: what changed is changed, no more, no less."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from release_world import CONTRACT, TABLES, judge, judged, new_home, read, show

from cx_pipeline.release import patch
from cx_pipeline.release.marts import Column, Table
from cx_pipeline.release.publish import Published
from cx_pipeline.release.shelf import read_manifest, verify, write_manifest
from cx_pipeline.settings import Settings

MARTS = ("fct_orders", "dim_customers")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return new_home(tmp_path / "home")


@pytest.fixture
def con(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    monkeypatch.setattr(patch, "_FEW", 100)  # so that the orders of this small world are patched
    monkeypatch.setattr(patch, "_FREE", 1.0)  # and its small file, of which half is left over
    with judged(settings) as con:
        yield con


def publish(settings: Settings, con: duckdb.DuckDBPyConnection, **changed: object) -> Published:
    judge(con)
    return show(settings, con, contracts=[CONTRACT], **changed)


def patches(con: duckdb.DuckDBPyConnection) -> int:
    row = con.execute("select patches from ledger.searches").fetchone()
    assert row
    return int(row[0])


def rows(folder: Path, name: str) -> list[tuple[object, ...]]:
    return sorted(read(folder, f"from {name}"), key=str)


def assert_as_from_nothing(
    settings: Settings, con: duckdb.DuckDBPyConnection, made: Published
) -> None:
    """Rows, Parquet bytes, comments and views are those of a publish that begins with nothing."""
    aside = settings.published.with_name("aside")
    settings.published.rename(aside)
    fresh = show(settings, con, contracts=[CONTRACT], run_id="fresh", anew=True)
    patched = aside / "analysts" / made.folder.name
    for name in MARTS:
        assert rows(patched, name) == rows(fresh.folder, name)
    told = "select table_name, column_name, comment from duckdb_columns() order by all"
    assert read(patched, told) == read(fresh.folder, told)
    for name in MARTS:
        one, other = (
            [(e["path"], e["sha256"]) for e in m["tables"][name]["files"]]
            for m in (made.manifest, fresh.manifest)
        )
        assert one == other
    shutil.rmtree(settings.published)
    aside.rename(settings.published)


EDITS = [
    "update marts.fct_orders set amount = amount + 1 where rowid % 50 = 3",
    "delete from marts.fct_orders where rowid % 60 = 1",
    "insert into marts.fct_orders select md5('n' || i), null, date '2026-11-01', 1, 'new' "
    "from range(20) as r(i)",
    "update marts.fct_orders set person_id = 'v1_' || md5('p1') where rowid % 70 = 0",
    "insert into marts.fct_orders from marts.fct_orders limit 2",
    "update marts.fct_orders set ordered_date = null where rowid % 90 = 2",
    "update marts.dim_customers set agent_token = null where rowid = 3",
    "delete from marts.fct_orders where rowid % 3 = 1",
    "update marts.fct_orders set note = null",
]


@pytest.mark.parametrize("edit", EDITS)
def test_a_patched_database_is_that_of_a_publish_from_nothing(
    settings: Settings, con: duckdb.DuckDBPyConnection, edit: str
) -> None:
    publish(settings, con)
    con.execute(edit)
    made = publish(settings, con, run_id="run-2")
    assert patches(con) == 1
    assert verify(made.folder) == []
    assert_as_from_nothing(settings, con, made)


def test_after_any_run_of_changes_it_is_the_same(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    chance = random.Random(7)
    publish(settings, con)
    for night in range(4):
        for edit in chance.sample(EDITS, 2):
            con.execute(edit)
        made = publish(settings, con, run_id=f"run-{night}")
    assert patches(con) == 4
    assert_as_from_nothing(settings, con, made)


def test_only_what_changed_is_written(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("attach ':memory:' as publish")
    con.execute(
        "create table publish.told as select i, 'row ' || i as text from range(1000) as r(i)"
    )
    few = "select i, if(i = 7, 'other', 'row ' || i) as text from range(1, 1001) as r(i)"
    many = "select i, if(i % 2 = 0, 'other', 'row ' || i) as text from range(1000) as r(i)"
    twice = f"{few} union all select 5, 'row 5'"
    kept = "select rowid, i from publish.told where i between 100 and 900"
    before = con.execute(kept).fetchall()
    assert patch.patch(con, "publish.told", few, ["i", "text"])
    assert con.execute(kept).fetchall() == before
    held = con.execute("from publish.told order by i").fetchall()
    assert held == con.execute(f"from ({few}) order by i").fetchall()
    for rows_now in (many, twice):  # the second: a row that stands twice is told by no hash
        assert not patch.patch(con, "publish.told", rows_now, ["i", "text"])
        assert con.execute("from publish.told order by i").fetchall() == held


@pytest.mark.parametrize("reason", ["anew", "too often", "redacted", "edited", "code", "room"])
def test_it_begins_with_nothing_where_bytes_could_stay(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    con.execute("create schema landing; create table landing.redactions (texts bigint)")
    con.execute("update marts.fct_orders set note = 'secret ' || md5(order_id) where rowid = 5")
    folder = publish(settings, con).folder
    con.execute("update marts.fct_orders set note = 'gone' where rowid = 5")
    changed: dict[str, object] = {}
    if reason == "anew":
        changed = {"anew": True}
    elif reason == "too often":
        con.execute("update ledger.searches set patches = 5")
    elif reason == "redacted":
        con.execute("insert into landing.redactions values (1)")
    elif reason == "edited":
        path = folder / "cx_marts.duckdb"
        path.chmod(0o640)
        path.write_bytes(path.read_bytes() + b"\0" * 512)
    elif reason == "code":
        changed = {"canaries": ["zyxabcary"]}
    else:
        monkeypatch.setattr(patch, "_FREE", -1.0)
    publish(settings, con, run_id="run-2", **changed)
    assert patches(con) == 0


def _purposed(name: str, purpose: str, *columns: Column) -> Table:
    return Table("marts", name, (Column("person_id", "VARCHAR"), *columns), purpose=purpose)


CAMPAIGN = [
    *TABLES,
    _purposed("dim_recipients", "email_marketing"),
    _purposed(
        "dim_consents", "legal_obligation", Column("purpose", "VARCHAR"), Column("state", "VARCHAR")
    ),
    Table(
        "process",
        "log_person_merges",
        (Column("former_person_token", "VARCHAR"), Column("person_id", "VARCHAR")),
    ),
]


def _merged(*into: str, gone: bool = True) -> str:
    """Person 7 may be written to no more; their identifiers are those of others."""
    told = "delete from marts.dim_recipients where person_id = 'v1_' || md5('p7')"
    if gone:
        told += f"; {told.replace('recipients', 'customers')}"
    for other in into:
        told += f"; insert into process.log_person_merges values ('v1_' || md5('p7'), {other})"
    return told


P8, P50 = "'v1_' || md5('p8')", "'v1_' || md5('p50')"


@pytest.mark.parametrize(
    ("act", "count"),
    [
        ("delete from marts.dim_recipients where person_id = 'v1_' || md5('p7')", 0),
        ("update marts.dim_recipients set person_id = 'v1_' || md5('p50') where rowid = 7", 0),
        ("insert into marts.dim_recipients select 'v1_' || md5('p50')", 1),
        ("delete from marts.dim_customers where person_id = 'v1_' || md5('p7')", 1),
        (_merged(P8), 1),
        (_merged(P8, gone=False), 0),
        (_merged(P8, P50), 0),
        (_merged(P8, "null"), 0),
    ],
    ids=[
        "left",
        "another instead",
        "came",
        "left a mart that asks for no consent",
        "goes on as another",
        "lost an identifier, and left",
        "goes on in part as who may not be written to",
        "goes on in part as nobody",
    ],
)
def test_it_begins_with_nothing_where_somebody_may_be_written_to_no_more(
    settings: Settings, con: duckdb.DuckDBPyConnection, act: str, count: int
) -> None:
    con.execute("create table marts.dim_recipients as select person_id from marts.dim_customers")
    con.execute(
        """create table marts.dim_consents as select 'v1_' || md5('p' || i) as person_id,
        'email_marketing' as purpose, 'granted' as state from range(51) as r(i)"""
    )
    con.execute(
        """create schema if not exists process; create table process.log_person_merges (
        former_person_token varchar, person_id varchar)"""
    )
    judge(con, tables=CAMPAIGN)
    show(settings, con, tables=CAMPAIGN)
    con.execute(act)
    judge(con, tables=CAMPAIGN)
    made = show(settings, con, tables=CAMPAIGN, run_id="run-2")
    assert patches(con) == count
    told = "select count(*) from dim_recipients"
    assert read(made.folder, told) == con.execute(told.replace("dim", "marts.dim")).fetchall()


def test_an_erasure_leaves_no_database_that_was_patched_though_it_changes_no_mart(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    publish(settings, con)
    con.execute("delete from marts.fct_orders where rowid = 5")
    patched = publish(settings, con, run_id="run-2")
    assert patches(con) == 1
    made = publish(settings, con, run_id="run-3", anew=True)
    assert made.folder != patched.folder
    assert patches(con) == 0
    assert publish(settings, con, run_id="run-4").unchanged


def test_a_manifest_that_was_edited_cannot_keep_an_old_table_in_sight(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    """What stands in the database is told by the warehouse, not by the folder that is shown."""
    folder = publish(settings, con).folder
    con.execute(EDITS[6])
    judge(con)
    told = read_manifest(folder)
    (digest,) = con.execute(
        """select json_extract_string(tables, '$."marts.dim_customers".content_hash')
        from ledger.snapshots order by number desc limit 1"""
    ).fetchone() or ("",)
    told["tables"]["dim_customers"]["content_hash"] = digest
    (folder / "manifest.json").chmod(0o640)
    told.pop("manifest_sha256")
    write_manifest(folder, told)
    made = show(settings, con, contracts=[CONTRACT], run_id="run-2")
    count = "select count(*) from dim_customers where agent_token is null"
    assert read(made.folder, count) == [(1,)]
