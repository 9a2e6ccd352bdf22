"""A night builds what changed and nothing else, and no one can tell from the marts which it was."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from homes import AS_OF, Demo, Home

from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.settings import Settings, load_settings, prepare_environment
from cx_pipeline.transform import stale
from cx_pipeline.transform.project import code_fingerprint, invoke, manifest_path, run_vars

NEXT_DAY = str(date.fromisoformat(AS_OF) + timedelta(days=1))


def hashes(home: Home) -> dict[str, str]:
    tables = home.manifest["tables"]
    return {name: t["content_hash"] for name, t in tables.items() if t["kind"] == "mart"}


def built(ran: Any) -> int:
    """How many models the run built, as its step says."""
    (step,) = (step for step in ran["steps"] if step.startswith("transform: dbt builds"))
    return int(step.split()[-2])


class Day(NamedTuple):
    """A home after the next day's night, and what that night said."""

    home: Home
    told: Any


@pytest.fixture(scope="module")
def next_day(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The demo a day later; in between another hand changed a mart, and a test had failed."""
    home = Home(tmp_path_factory.mktemp("stale") / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    with home.warehouse(read_only=False) as con:
        con.execute("update marts.fct_orders set ordered_at = ordered_at + interval 1 day")
        # Neither is among what a day later has to make anew: the one is made for the persons of
        # whom something changed, the other is given the rows that it had.
        con.execute("update marts.fct_touchpoints set channel = 'nowhere' where step = 2")
        con.execute("delete from marts.agg_consents")
        con.execute("comment on table marts.fct_text_sentiment is 'the same table'")
        con.execute(
            """insert into ledger.verdicts by name
            select * replace (false as passed, number + 1000000 as number) from ledger.verdicts
            where check_name = 'one_row_per_fct_contacts_contact_id'"""
        )
        assert con.execute("select max(number) from ledger.verdicts").fetchone() > (1000000,)
    return Day(home, home.cx("run", "--as-of", NEXT_DAY, "--json").told)


def test_a_day_later_only_what_has_a_clock_is_built(next_day: Day) -> None:
    assert 0 < built(next_day.told) < 75  # of more than 140


def test_a_mart_that_another_hand_changed_is_built_again(demo: Demo, next_day: Day) -> None:
    assert hashes(next_day.home)["fct_orders"] == hashes(demo)["fct_orders"]


def test_what_is_given_the_rows_that_it_had_stands(next_day: Day) -> None:
    with next_day.home.warehouse() as con:
        told = con.execute(
            "select comment from duckdb_tables() where table_name = 'fct_text_sentiment'"
        )
        assert told.fetchone() == ("the same table",)


def test_a_test_that_failed_is_asked_again_though_nothing_changed(next_day: Day) -> None:
    name = "one_row_per_fct_contacts_contact_id"
    (check,) = (c for c in next_day.home.manifest["checks"] if c["check"] == name)
    assert check["passed"]


def test_a_full_build_of_the_day_says_the_same(next_day: Day) -> None:
    after = hashes(next_day.home)
    whole = next_day.home.cx("run", "--as-of", NEXT_DAY, "--full-refresh", "--json").told
    assert built(whole) > 100
    assert hashes(next_day.home) == after


@pytest.mark.prove
def test_what_differs_between_two_days_is_known_to_have_a_clock(demo: Demo, tmp_path: Path) -> None:
    """dbt's own compiled SQL of two days: only models of raw rows, which are counted, and
    incremental ones may differ besides."""
    settings = load_settings(demo.path).model_copy(update={"home": tmp_path})
    prepare_environment(settings)
    found = find_packs(settings.pack_roots)
    packs = [load_pack(found[name]) for name in settings.sources]
    idle = sorted(set(found) - set(settings.sources))
    manifest = json.loads(manifest_path(settings, packs).read_text())
    shutil.copyfile(demo.path / "state" / "warehouse.duckdb", settings.warehouse_file)
    compiled = []
    for day in (AS_OF, NEXT_DAY):
        variables = run_vars(settings, packs, date.fromisoformat(day))
        for _ in invoke(
            settings,
            packs,
            ["compile", "--exclude", " ".join(f"cx.staging.{name}" for name in idle)],
            variables,
        ):
            pass
        folder = settings.dbt_target / "compiled"
        compiled.append({path.stem: path.read_text() for path in folder.rglob("models/**/*.sql")})
        shutil.rmtree(folder)
    assert compiled[0].keys() == compiled[1].keys()
    differing = {name for name in compiled[0] if compiled[0][name] != compiled[1][name]}
    clock = {manifest["nodes"][name]["name"] for name in stale.clock_nodes(manifest)}
    counted = {
        node["name"]
        for node in manifest["nodes"].values()
        if any(parent.startswith("source.") for parent in node["depends_on"]["nodes"])
        or node["config"].get("materialized") == "incremental"
    }
    assert differing & clock
    assert differing <= clock | counted


def test_a_setting_is_news_for_the_models_but_not_for_the_parser(tmp_path: Path) -> None:
    homes = [
        Settings(home=tmp_path / zone.replace("/", "_"), reporting_zone=zone)
        for zone in ("UTC", "Asia/Tokyo")
    ]
    told = []
    for settings in homes:
        prepare_environment(settings)
        found = find_packs(settings.pack_roots)
        packs = [load_pack(found[name]) for name in settings.sources]
        manifest = manifest_path(settings, packs)
        told.append((code_fingerprint(settings, packs), manifest.read_bytes()))
    (one, parsed), (other, again) = told
    assert one != other
    assert parsed == again  # dbt tells the time of each parse: it was one


@pytest.mark.parametrize(("at", "same"), [("2026-07-05 00:00", True), ("2026-07-06 12:00", False)])
def test_a_row_is_let_in_by_its_time(at: str, same: bool) -> None:
    """Of the same loads a raw table shows the same rows when as many have happened."""
    from datetime import datetime

    con = duckdb.connect()
    con.execute("create schema landing; create schema raw_shop")
    con.execute(
        """create table landing.loads as select 1 as load, 'a' as sha256, 'c' as contract,
        'loaded' as status, 2 as accepted, 0 as conflicts, 'shop' as source, 'e' as table_name"""
    )
    con.execute(
        """create table raw_shop.e as select unnest([timestamp '2026-07-01', timestamp '2026-07-06'])
        as _time, null::timestamp as _version"""
    )
    source = {"schema": "raw_shop", "identifier": "e", "source_name": "shop"}
    node = {
        "resource_type": "model",
        "raw_code": "",
        "config": {"materialized": "view"},
        "depends_on": {"nodes": ["source.e"]},
    }
    manifest = {"sources": {"source.e": source}, "nodes": {"model.m": node}, "macros": {}}

    def signed(moment: str) -> dict[str, str]:
        told = datetime.fromisoformat(moment)
        return stale.signatures(con, manifest, ["model.m"], clocks=(), code="", as_of_at=told)

    assert (signed(at) == signed("2026-07-03 00:00")) is same
    before = signed(at)
    con.execute("insert into landing.loads select 2, 'b', 'c', 'loaded', 1, 0, 'shop', 'e'")
    assert signed(at) != before
