"""What stands need not be made again (macros/standing.sql), and nothing stands that should not."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from journey_world import DBT_PROJECT

from cx_pipeline.transform import stale

START = date(2026, 6, 1)
SOURCES = """
sources:
  - {name: shop, schema: raw_shop, tables: [{name: told, description: Rows.}]}
"""
FILES = {
    "models/_shop__sources.yml": SOURCES,
    "models/kept.sql": "select id, word from {{ source('shop', 'told') }}",
    "models/seen.sql": "{{ config(materialized='view') }} select * from {{ ref('kept') }} as k"
    " where k.id < extract(day from {{ as_of() }})",
    "models/counted.sql": "select count(*) * {{ var('factor') }} as n from {{ ref('seen') }}",
    "models/dated.sql": "select {{ as_of() }} as day",
    "models/rest.sql": "select n % 2 as n from {{ ref('counted') }}",
    # Of a model that nothing is made of: a test that fails has dbt leave out what is.
    "models/words.sql": "select distinct word from {{ ref('kept') }}",
    "tests/no_bad.sql": "select * from {{ ref('words') }} where word = 'bad'",
}
CONFIG = """
name: cx
version: "1.0"
profile: cx
models: {cx: {+materialized: table}}
flags: {send_anonymous_usage_stats: false}
"""


class Nights:
    """A project of a few models with the macros of ours, and a warehouse that it is built in."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.day, self.code = folder, START, 1
        self.path = folder / "warehouse.duckdb"
        self.manifest: Any = None
        self.rows: list[tuple[int, str]] = []
        for name, text in {**FILES, "dbt_project.yml": CONFIG}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        shutil.copy(DBT_PROJECT / "profiles.yml", folder)
        shutil.copytree(DBT_PROJECT / "macros", folder / "macros")
        with duckdb.connect(str(self.path)) as con:
            con.execute(
                """create schema raw_shop; create schema landing;
                create table raw_shop.told (id bigint, word varchar, _time timestamp,
                    _version timestamp);
                create table landing.loads (load bigint, sha256 varchar, contract varchar,
                    status varchar, accepted bigint, conflicts bigint, source varchar,
                    table_name varchar)"""
            )
            stale.stale(con, {"nodes": {}}, {})  # makes the tables of what was built

    def land(self, *rows: tuple[int, str]) -> None:
        """One more load, after which the source holds these rows."""
        self.rows = list(rows)
        with duckdb.connect(str(self.path)) as con:
            con.execute("delete from raw_shop.told")
            for row in rows:
                con.execute("insert into raw_shop.told values (?, ?, null, null)", row)
            con.execute(
                """insert into landing.loads
                select count(*), count(*), 'c', 'loaded', 1, 0, 'shop', 'told' from landing.loads"""
            )

    def invoke(self, command: str, **told: Any) -> Any:
        variables = {
            "as_of": str(self.day),
            "as_of_at": f"{self.day} 00:00:00",
            "factor": self.code,
            **told,
        }
        where = ["--project-dir", "--profiles-dir", "--target-path", "--log-path"]
        places = [self.folder, self.folder, self.folder / "target", self.folder / "logs"]
        args = [word for pair in zip(where, map(str, places), strict=True) for word in pair]
        quiet = ["--log-level", "none", "--log-level-file", "none", "--no-print"]
        try:
            done = dbtRunner(manifest=self.manifest).invoke(
                [*quiet, "--no-write-json", command, *args, "--vars", json.dumps(variables)]
            )
        finally:
            if command != "parse":
                DuckDBConnectionManager.env().close()
            DuckDBConnectionManager.close_all_connections()
        assert done.exception is None, done.exception
        return done.result

    def run(self) -> list[str]:
        """A night; the tests that failed."""
        self.manifest = self.manifest or self.invoke("parse")
        told = self.manifest.writable_manifest().to_dict()
        models = list(stale.models(told))
        at = datetime.combine(self.day, datetime.min.time())
        clocks = sorted(stale.clock_nodes(told))
        with duckdb.connect(str(self.path)) as con:
            signed = stale.signatures(
                con, told, models, clocks=clocks, code=str(self.code), as_of_at=at
            )
        known = {"signed": signed, "clocks": clocks, "code": str(self.code), "notes": True}
        results = self.invoke("build", **known).results
        assert {str(r.status) for r in results} <= {"success", "pass", "fail"}
        return [r.node.name for r in results if str(r.status) == "fail"]

    def held(self, table: str) -> list[Any]:
        with duckdb.connect(str(self.path), read_only=True) as con:
            return con.execute(f"from main.{table} order by all").fetchall()

    def assert_true(self, failed: list[str]) -> None:
        """What is held and what was said is what the rows, the day and the code make of it."""
        seen = self.code * len([1 for number, _ in self.rows if number < self.day.day])
        assert self.held("kept") == sorted(self.rows)
        assert self.held("counted") == [(seen,)]
        assert self.held("rest") == [(seen % 2,)]
        assert self.held("dated") == [(self.day,)]
        assert failed == ["no_bad"] * ("bad" in dict(self.rows).values())


def live(nights: Nights) -> None:
    """Nights in each of which one thing is another, and some in which nothing is."""
    for act in ("land", "day", "nothing", "spoil", "nothing", "code", "mend", "day"):
        if act == "land":
            nights.land((1, "good"), (2, "fine"))
        elif act == "spoil":
            nights.land((1, "good"), (2, "bad"), (3, "new"))
        elif act == "mend":
            nights.land((1, "good"), (1, "new"))
        elif act == "day":
            nights.day += timedelta(days=1)
        elif act == "code":
            nights.code += 2
        nights.assert_true(nights.run())


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nights]:
    monkeypatch.setenv("CX_TEMP", str(tmp_path / "tmp"))
    monkeypatch.setenv("CX_WAREHOUSE", str(tmp_path / "warehouse.duckdb"))
    yield Nights(tmp_path)


def test_nights_hold_and_say_what_is_true(nights: Nights) -> None:
    live(nights)


def test_a_passed_test_stands_until_its_table_holds_other_rows(nights: Nights) -> None:
    """Rows changed behind its back show that it is not asked; a table of other rows is."""
    nights.land((1, "good"))
    assert nights.run() == []
    with duckdb.connect(str(nights.path)) as con:
        con.execute("update main.words set word = 'bad'")
    assert nights.run() == []
    nights.land((1, "bad"))
    assert nights.run() == ["no_bad"]
    assert nights.run() == ["no_bad"]


_OF_VIEW = "told.extend(_held_by(parent))"
FAULTS = {
    "what parents hold is ignored": ("{%- for id in node.depends_on", "{%- for id in [] and node"),
    "the clock is ignored": ("if node.unique_id in var('clocks', []) else ''", "if false else ''"),
    "the clock of a view is ignored": (_OF_VIEW, "told.extend(_held_by(parent)[1:])"),
    "what a view reads is ignored": (_OF_VIEW, "told.append(('', ''))"),
    "a failed test stands": ("table.rows[0][0] == 0", "table.rows[0][0] >= 0"),
    "the code is ignored": ("[('', var('code', ''))]", "[('', '')]"),
}


# Two of them in `make test`.
SOME = [
    fault
    if fault in ("what parents hold is ignored", "a failed test stands")
    else pytest.param(fault, marks=pytest.mark.prove)
    for fault in FAULTS
]


@pytest.mark.parametrize("fault", SOME)
def test_a_planted_fault_is_found(fault: str, nights: Nights) -> None:
    sound, wrong = FAULTS[fault]
    file = nights.folder / "macros" / "standing.sql"
    text = file.read_text()
    assert text.count(sound) == 1
    file.write_text(text.replace(sound, wrong))
    with pytest.raises(AssertionError) as found:
        live(nights)
    assert "assert_true" in str(found.traceback[-1])
