"""MetricFlow, asked for the KPIs by the semantic models of the catalogue, says what the marts say."""

import csv
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from homes import Demo

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def project(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("semantic") / "project"
    told = demo.cx("catalogue", "--semantic-models", str(folder), "--json").told
    assert {Path(name) for name in told} == {p for p in folder.rglob("*") if p.is_file()}
    run(demo, folder, "dbt", "parse", "--log-level", "error")
    return folder


def run(demo: Demo, project: Path, *command: str) -> None:
    place = {"CX_WAREHOUSE": str(demo.path / "state/warehouse.duckdb"), "DO_NOT_TRACK": "1"}
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=project,
        env={**os.environ, **place, "DBT_PROFILES_DIR": str(project)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def asked(demo: Demo, project: Path, metrics: list[str], *groups: str) -> list[dict[str, str]]:
    out = project.parent / "answer.csv"
    wanted = ("--metrics", ",".join(metrics), "--group-by", ",".join(groups))
    run(demo, project, "mf", "query", *wanted, "--csv", str(out))
    with out.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_kpi_of_every_month(demo: Demo, project: Path) -> None:
    document = yaml.safe_load((project / "models" / "kpis.yml").read_text())
    metrics = [metric["name"] for metric in document["metrics"]]
    with demo.marts() as con:
        kpis = con.execute("select kpi_id from dim_kpis order by position").fetchall()
        rows = con.execute(
            "select kpi_id, starts_on, value from agg_kpi_periods "
            "where period = 'month' and dimension = 'all' and value is not null"
        ).fetchall()
    assert metrics == [kpi for (kpi,) in kpis]
    ours = {(kpi, f"{month} 00:00:00"): float(value) for kpi, month, value in rows}
    theirs: dict[Any, float] = {}
    for row in asked(demo, project, metrics, "metric_time__month"):
        month = row.pop("metric_time__month")
        theirs |= {(kpi, month): float(value) for kpi, value in row.items() if value}
    assert len({kpi for kpi, _ in ours}) > 25
    told = {cell: theirs.get(cell, math.nan) for cell in ours}
    assert told == pytest.approx(ours, rel=1e-9)
    # what nobody was counted for is no figure of ours, and of theirs a sum of nothing
    assert not any(theirs[cell] for cell in theirs.keys() - ours.keys())


def test_days_of_a_channel(demo: Demo, project: Path) -> None:
    kpis = ["nps", "revenue", "aht", "fcr"]
    with demo.marts() as con:
        rows = con.execute(
            "select kpi_id, date, dimension_value, value from fct_kpi_daily "
            "where list_contains(?, kpi_id) and dimension = 'channel' and n > 0",
            [kpis],
        ).fetchall()
    ours = {(kpi, f"{day} 00:00:00", channel): float(value) for kpi, day, channel, value in rows}
    theirs = {
        (kpi, row["metric_time__day"], row["fact__channel"]): float(row[kpi])
        for row in asked(demo, project, kpis, "metric_time__day", "fact__channel")
        for kpi in kpis
        if row[kpi]
    }
    assert len(ours) > 100
    assert {cell: theirs.get(cell, math.nan) for cell in ours} == pytest.approx(ours, rel=1e-9)
