"""The warehouse file: births, and hashes that see content and nothing else."""

from pathlib import Path

import duckdb
import pytest

from cx_pipeline import warehouse


def test_a_new_warehouse_opens_again_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "warehouse.duckdb"
    with warehouse.connect(path) as con:
        con.execute("create table t as select 1 as a")
    with warehouse.connect(path, read_only=True) as con:
        assert con.execute("select a from t").fetchall() == [(1,)]
    assert [file.name for file in path.parent.iterdir() if file.is_file()] == [path.name]


def test_settings_every_connection_carries(tmp_path: Path) -> None:
    ask = """select current_setting('TimeZone'), current_setting('threads'),
        current_setting('autoinstall_known_extensions'), current_setting('default_null_order')"""
    expected = ("UTC", 1, False, "NULLS_FIRST_ON_ASC_LAST_ON_DESC")
    with warehouse.connect(tmp_path / "w.duckdb", threads=1) as con:
        assert con.execute(ask).fetchone() == expected
    with warehouse.scratch(threads=1) as con:
        assert con.execute(ask).fetchone() == expected


def test_reading_a_warehouse_that_is_not_there(tmp_path: Path) -> None:
    with (
        pytest.raises(warehouse.WarehouseError, match="cx run"),
        warehouse.connect(tmp_path / "w.duckdb", read_only=True),
    ):
        pass


ROWS = """select i as id, 'r' || i as name, i / 7.0 as share, (i % 3)::decimal(18,2) as amount,
    timestamp '2026-01-01' + to_seconds(i) as at_time, i % 2 = 0 as is_even,
    case when i % 5 = 0 then null else '' end as note from range({n}) as r(i)"""


def _hash(select: str, threads: int = 2) -> str:
    with warehouse.scratch(threads=threads) as con:
        con.execute(f"create table t as {select}")
        return warehouse.content_hash(con, "main", "t")


def test_a_hash_sees_content_and_not_its_order() -> None:
    rows = ROWS.format(n=20_000)
    base = _hash(rows)
    assert base == _hash(f"select * from ({rows}) order by random()", threads=1)
    assert base == _hash(
        f"select note, is_even, at_time, amount, share, name, id from ({rows}) where id >= 0"
    )
    assert len(base) == 32


@pytest.mark.parametrize(
    "change",
    [
        "select * from ({r}) where id <> 3",
        "select * from ({r}) union all (select * from ({r}) where id = 3)",
        "select * replace (case when id = 3 then 'x' else name end as name) from ({r})",
        "select * replace (coalesce(note, '') as note) from ({r})",
        "select * replace (at_time + to_microseconds(1) as at_time) from ({r})",
        "select * replace (id::integer as id) from ({r})",
        "select * rename (note as remark) from ({r})",
    ],
)
def test_a_hash_sees_every_change(change: str) -> None:
    rows = ROWS.format(n=50)
    assert _hash(rows) != _hash(change.format(r=rows))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0.0::double", "-0.0::double", True),
        ("0.1::double + 0.2::double", "0.3::double", True),
        ("1e300::double", "1e301::double", False),
        ("null::varchar", "'-'", False),
        ("null::varchar", "'NULL'", False),
        ("['a', 'b']", "['a, b']", False),
        ("{'a': 1, 'b': null}", "{'a': 1, 'b': 2}", False),
    ],
)
def test_canonical_text(one: str, other: str, same: bool) -> None:
    assert (_hash(f"select {one} as v") == _hash(f"select {other} as v")) is same


def test_neighbouring_texts_cannot_run_into_each_other() -> None:
    assert _hash("select 'a' || chr(31) || '1:b' as p, 'c' as q") != _hash(
        "select 'a' as p, 'b' || chr(31) || '1:c' as q"
    )


def test_hashes_by_month_and_of_an_empty_table() -> None:
    with warehouse.scratch() as con:
        con.execute("create table t as select date '2026-01-30' + i::int as d from range(3) r(i)")
        whole, parts = warehouse.content_hashes(con, "main", "t", by="strftime(d, '%Y-%m')")
        assert whole == warehouse.content_hash(con, "main", "t")
        assert sorted(parts) == ["2026-01", "2026-02"]
        con.execute("create table february as from t where d >= date '2026-02-01'")
        assert parts["2026-02"] == warehouse.content_hash(con, "main", "february")
        con.execute("delete from t")
        empty = warehouse.content_hash(con, "main", "t")
        con.execute("create table u (e date)")
        assert empty != warehouse.content_hash(con, "main", "u")


def test_the_hash_of_several_tables() -> None:
    assert warehouse.content_hash_all({"a": "1", "b": "2"}) == warehouse.content_hash_all(
        {"b": "2", "a": "1"}
    )
    assert warehouse.content_hash_all({"a": "1"}) != warehouse.content_hash_all({"b": "1"})


def test_a_missing_table_has_no_hash() -> None:
    with warehouse.scratch() as con, pytest.raises(LookupError, match=r"main\.t does not exist"):
        warehouse.content_hash(con, "main", "t")
    with warehouse.scratch() as con, pytest.raises(duckdb.Error):
        con.execute("select 1 from t")
