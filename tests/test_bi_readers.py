"""BI tools of today read what is published: ten business questions, answered alike by three readers."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from homes import AS_OF, Demo, Home

QUESTIONS = {
    "How many visits were there in May?": "select sum(n) from fct_kpi_daily where kpi_id = 'sessions' and dimension = 'all' and date between '2026-05-01' and '2026-05-31'",
    "What did we earn in all?": "select cast(sum(numerator) as double) from fct_kpi_daily where kpi_id = 'revenue' and dimension = 'all'",
    "What share of visits bought?": "select sum(numerator) / sum(denominator) from fct_kpi_daily where kpi_id = 'conversion_rate' and dimension = 'all'",
    "What is our NPS?": "select 100.0 * sum(numerator) / sum(denominator) from fct_kpi_daily where kpi_id = 'nps' and dimension = 'all'",
    "How satisfied are customers?": "select sum(numerator) / sum(denominator) from fct_kpi_daily where kpi_id = 'csat' and dimension = 'all'",
    "How easy was it?": "select sum(numerator) / sum(denominator) from fct_kpi_daily where kpi_id = 'ces' and dimension = 'all'",
    "Which channel brings most contacts?": "select dimension_value from fct_kpi_daily where kpi_id = 'contacts' and dimension = 'channel' group by dimension_value order by sum(n) desc, dimension_value limit 1",
    "How many callers give up?": "select sum(numerator) / sum(denominator) from fct_kpi_daily where kpi_id = 'abandonment_rate' and dimension = 'all'",
    "How long do they wait?": "select sum(numerator) / sum(denominator) from fct_kpi_daily where kpi_id = 'asa' and dimension = 'all'",
    "Which segment earns most?": "select dimension_value from fct_kpi_daily where kpi_id = 'revenue' and dimension = 'segment' group by dimension_value order by sum(numerator) desc, dimension_value limit 1",
}  # fmt: skip
OLD = "1.1.3"
ASK = """
import sys, json, duckdb
assert duckdb.__version__ == sys.argv[1]
con = duckdb.connect(sys.argv[2], read_only=True)
print(json.dumps([con.execute(q).fetchone()[0] for q in json.load(sys.stdin)], default=float))
"""


def by_sqlalchemy(publish: Path) -> list[Any]:
    engine = sa.create_engine(
        f"duckdb:///{publish / 'cx_marts.duckdb'}", connect_args={"read_only": True}
    )
    try:
        with engine.connect() as con:
            return [con.execute(sa.text(q)).scalar() for q in QUESTIONS.values()]
    finally:
        engine.dispose()


def by_parquet(publish: Path) -> list[Any]:
    """pandas reads the Parquet files; DuckDB only answers over its frame."""
    import duckdb

    fct_kpi_daily = pd.concat(
        pd.read_parquet(path)
        for path in sorted((publish / "parquet" / "fct_kpi_daily").rglob("*.parquet"))
    )
    with duckdb.connect() as con:
        con.register("fct_kpi_daily", fct_kpi_daily)
        return [con.execute(q).fetchall()[0][0] for q in QUESTIONS.values()]


def same(one: list[Any], other: list[Any]) -> bool:
    return all(
        a == b if isinstance(a, str) else float(a) == pytest.approx(float(b), rel=1e-12)
        for a, b in zip(one, other, strict=True)
    )


def test_ten_questions_have_one_answer(demo: Demo) -> None:
    told = by_sqlalchemy(demo.current)
    assert None not in told
    assert same(told, by_parquet(demo.current))


@pytest.mark.prove
def test_ten_questions_during_a_publish(demo: Demo, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    first = by_sqlalchemy(home.current)
    assert None not in first
    answers: list[list[Any]] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            publish = home.current.resolve()  # as a tool that opens a path does
            answers.append(by_sqlalchemy(publish))
            answers.append(by_parquet(publish))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        home.cx("run", "--as-of", AS_OF, "--full-refresh")
    finally:
        over.set()
        reader.join()
    assert len(answers) >= 4
    assert all(same(first, told) for told in answers)


@pytest.mark.prove
def test_an_old_duckdb_answers_the_same(demo: Demo, tmp_path: Path) -> None:
    import json

    venv = tmp_path / "old"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    subprocess.run([venv / "bin" / "pip", "install", "-q", f"duckdb=={OLD}"], check=True)
    done = subprocess.run(
        [venv / "bin" / "python", "-c", ASK, OLD, str(demo.current / "cx_marts.duckdb")],
        input=json.dumps(list(QUESTIONS.values())),
        capture_output=True,
        text=True,
        check=True,
    )
    assert same(by_sqlalchemy(demo.current), json.loads(done.stdout))
