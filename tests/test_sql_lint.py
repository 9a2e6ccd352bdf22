"""Every model and test is written in the SQL that two engines read alike (RECIPES 7)."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from portable_sql import faults

from cx_pipeline.purposes import consent_defaults
from cx_pipeline.transform.fixes import Fix
from cx_pipeline.transform.funnels import SHIPPED, read_funnels

DBT_PROJECT = Path(__file__).parents[1] / "dbt_project"
STAGING = DBT_PROJECT / "models" / "staging"
LIVE = date(2025, 12, 1)
FIXES = (
    Fix(id="staff", kind="wait", where={"rule": ["long_queue"], "channel": "call"}, live=LIVE),
    Fix(id="forms", kind="hard_interface", live=LIVE),
)


def all_packs() -> dict[str, list[str]]:
    """Every shipped pack with the entities it fills."""
    packs: dict[str, list[str]] = {}
    for model in sorted(STAGING.glob("*/stg_*__*.sql")):
        packs.setdefault(model.parent.name, []).append(model.stem.split("__", 1)[1])
    return packs


def funnels() -> list[dict[str, Any]]:
    """The shipped funnels, and one of them read in every other way."""
    told = [funnel.model_dump(mode="json") for funnel in read_funnels(SHIPPED)]
    out = [{"name": "called", "kind": "contact", "where": {"channel": ["call"]}}]
    ways = [("strict", "every"), ("ordered", "every"), ("unordered", "first")]
    other = [
        {**told[0], "order": order, "re_entry": entry, "exclude": out} for order, entry in ways
    ]
    return told + other


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Compiled SQL of all models and singular tests, by file."""
    folder = tmp_path_factory.mktemp("lint")
    variables: dict[str, Any] = {
        "packs": all_packs(),
        "as_of": "2026-01-01",
        "as_of_at": "2026-01-01 00:00:00",
    }
    variables["reporting_zone"] = "Europe/Berlin"
    variables["consent_default"] = consent_defaults({})
    variables["funnels"] = funnels()
    variables["fixes"] = [fix.model_dump(mode="json") for fix in FIXES]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_WAREHOUSE", str(folder / "warehouse.duckdb"))
        patch.setenv("CX_TEMP", str(folder / "tmp"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        args = ["compile", "--log-level", "none", "--log-level-file", "none", "--no-print"]
        args += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        args += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
        done = dbtRunner().invoke([*args, "--vars", json.dumps(variables)])
        DuckDBConnectionManager.env().close()
        DuckDBConnectionManager.close_all_connections()
    assert done.success, done.exception
    root = folder / "target" / "compiled" / "cx"
    files = [path for path in sorted(root.rglob("*.sql")) if path.parent.suffix != ".yml"]
    return {str(path.relative_to(root)): path.read_text() for path in files}


def test_sql_is_portable(compiled: dict[str, str]) -> None:
    assert len(compiled) > 80
    found = {name: faults(sql) for name, sql in compiled.items()}
    told = [f"{name}: {fault}" for name, many in found.items() for fault in many]
    assert not told, "\n".join(told)


def test_a_purchase_on_the_web_is_no_order_where_a_shop_brings_orders(
    compiled: dict[str, str],
) -> None:
    for model in ("stg_adobe__orders", "stg_adobe__order_lines"):
        (sql,) = (text for name, text in compiled.items() if name.endswith(f"/{model}.sql"))
        assert "where false" in sql


@pytest.mark.parametrize(
    "sql",
    [
        "select x[1] as a from t",
        "select * exclude (a) from t",
        "select arg_max(a, b) as c from t",
        "select now() as c from t",
        "select a / b as c from t",
        "select cast(a as double) / b as c from t",
        "select cast(a * 1.5 as bigint) as c from t",
        "select concat(a, b) as c from t",
        "select hash(a) as c from t",
        "select row_number() over () as c from t",
        "select sum(a) over w as c from t window w as (order by b)",
        "select a from t qualify row_number() over (order by a) = 1",
        "select a from t semi join s using (a)",
        'select "a b" from t',
        "select epoch_us(a) as b from t",
        "select regexp_replace(a, 'x', 'y') as b from t",
        "with w as materialized (select a from t) select a from w",
    ],
)
def test_the_lint_sees(sql: str) -> None:
    assert faults(sql), sql


def test_engine_macros_are_read_as_one_name() -> None:
    inner = "/*engine*/ epoch_us(a) /*end*/"
    assert faults(f"select /*engine*/ strftime({inner}, '%Y') /*end*/ as b from t") == []
