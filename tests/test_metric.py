"""`cx metric`: any cell of any KPI leads to the rows that make it, and these to lines of files."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import ROOT, Demo, Home

from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.explain import lineage
from cx_pipeline.explain.figure import Cell, as_published, cell, definition, figure
from cx_pipeline.settings import load_settings
from cx_pipeline.transform.project import manifest_path
from cx_pipeline.warehouse import connect


@pytest.fixture(scope="module")
def con(demo: Demo) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(demo.path / "state" / "warehouse.duckdb", read_only=True) as con:
        yield con


def kpis(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute("select distinct kpi_id from marts.fct_kpi_daily order by 1").fetchall()
    return [kpi_id for (kpi_id,) in found]


def drawn(con: duckdb.DuckDBPyConnection, kpi_id: str, draw: random.Random) -> list[Cell]:
    """Cells of a KPI at random: a day, a span, a dimension's value, two dimensions at once."""
    cells = con.execute(
        "select date, dimension, dimension_value from marts.fct_kpi_daily where kpi_id = ?"
        " order by all",
        [kpi_id],
    ).fetchall()
    made = [Cell()]
    for day, dimension, value in draw.sample(cells, min(6, len(cells))):
        values = {} if dimension == "all" else {dimension: value}
        made += [Cell(day, day, values), Cell(day, None, values)]
        made += [Cell(None, day, values | {"source": "salesforce"})]
    return made


def test_any_cell_is_made_again_from_its_rows(con: duckdb.DuckDBPyConnection) -> None:
    draw, judged = random.Random(11), Counter[str]()
    for kpi_id in kpis(con):
        kpi = definition(con, kpi_id)
        for asked in drawn(con, kpi_id, draw):
            told = figure(con, kpi, asked)
            rows = lineage.rows(con, kpi, asked, 10**9)
            counted = [row for row in rows if row["left_out"] is None]
            assert len(counted) == told.n
            assert sum(float(row["adds"]) for row in counted) == pytest.approx(told.numerator)
            if told.denominator is not None:
                below = sum(float(row["adds_below"]) for row in counted)
                assert below == pytest.approx(told.denominator)
            left_out = Counter(row["left_out"] for row in rows if row["left_out"])
            assert left_out == told.excluded
            assert len({(row[kpi.fact_key], row["local_date"]) for row in rows}) == len(rows)
            persons = {row["person_id"] for row in counted} - {None}
            assert len(persons) == told.n_persons
            published = as_published(con, kpi, asked)
            assert published is (None if len(asked.values or {}) > 1 else True)
            judged[kpi_id] += len(rows)
    assert len(judged) > 25
    assert min(judged.values()) > 0


def test_a_day_has_the_interval_that_is_published(con: duckdb.DuckDBPyConnection) -> None:
    """Of cells at random, and of those where nothing was counted and all was left out."""
    rows = []
    for where, of_each in (("true", 8), ("n = 0", 3)):
        rows += con.execute(
            f"""select kpi_id, date, dimension, dimension_value, value, low, high
            from marts.fct_kpi_daily where dimension in ('all', 'channel') and {where}
            qualify row_number() over (
                partition by kpi_id order by md5(concat(date, dimension, dimension_value))
            ) <= {of_each}"""
        ).fetchall()
    assert len({row[0] for row in rows}) > 25
    for kpi_id, day, dimension, value, *published in rows:
        values = {} if dimension == "all" else {dimension: value}
        told = figure(con, definition(con, kpi_id), Cell(day, day, values))
        for found, wanted in zip((told.value, told.low, told.high), published, strict=True):
            assert found == (None if wanted is None else pytest.approx(wanted, abs=1e-6)), kpi_id


def test_a_figure_that_no_longer_follows_from_its_facts_is_told(demo: Demo, tmp_path: Path) -> None:
    with connect(tmp_path / "copy.duckdb") as con:
        con.execute(f"attach '{demo.path / 'state/warehouse.duckdb'}' as home (read_only)")
        for schema in ("marts", "intermediate"):
            con.execute(f"create schema {schema}")
        for table in ("marts.dim_kpis", "marts.fct_kpi_daily", "intermediate.int_kpi_facts"):
            con.execute(f"create table {table} as from home.{table}")
        kpi = definition(con, "nps")
        assert as_published(con, kpi, Cell())
        con.execute("update marts.fct_kpi_daily set numerator = numerator + 1 where kpi_id = 'nps'")
        assert not as_published(con, kpi, Cell())


def test_a_row_leads_to_the_line_it_was_read_from(
    demo: Demo, con: duckdb.DuckDBPyConnection
) -> None:
    """Of calls, cases, orders and answers: the id stands in that line of that file."""
    settings = load_settings(demo.path)
    packs = [load_pack(find_packs(settings.pack_roots)[name]) for name in settings.sources]
    contracts = {(c.source, c.table): c for pack in packs for c in pack.contracts}
    manifest = json.loads(manifest_path(settings, packs).read_text())
    found = Counter[tuple[str, str]]()
    for kpi_id in ("contacts", "orders", "nps", "churn_rate"):
        kpi = definition(con, kpi_id)
        raw = [pair for pair in lineage.tables(manifest, kpi) if pair in contracts]
        for row in lineage.rows(con, kpi, Cell(), 40):
            fact = str(row[kpi.fact_key])
            lines = lineage.origins(con, contracts, raw, fact)
            for line in lines:
                path = demo.path / "landing" / line.source / line.file
                text = (
                    gzip.decompress(path.read_bytes())
                    if path.suffix == ".gz"
                    else path.read_bytes()
                )
                record = fact.split("/")[1]
                assert record in text.decode("utf-8-sig").splitlines()[line.line - 1]
                found[line.source, line.table] += 1
            if kpi_id != "churn_rate":
                assert lines, fact
    assert {source for source, _ in found} == {"connect", "salesforce", "qualtrics"}


def test_the_command_tells_all_of_it(demo: Demo) -> None:
    home = Home(demo.path)
    told: dict[str, Any] = json.loads(
        home.cx("metric", "fcr", "--where", "date=2026-05", "--where", "channel=call",
                "--explain", "--limit", "3", "--json").out
    )  # fmt: skip
    assert told["where"] == {"since": "2026-05-01", "until": "2026-05-31", "channel": "call"}
    assert told["figure"]["n"] == told["figure"]["denominator"] > 0
    assert told["equals_fct_kpi_daily"] is True
    assert len(told["rows"]) == 3
    assert all(told["lines"].values())
    assert told["models"][0] == "fct_resolutions"
    assert {(one["source"], one["table"]) for one in told["files"]} >= {
        ("connect", "contact_records"), ("salesforce", "cases"), ("ga4", "events")
    }  # fmt: skip
    assert {"assert_resolutions_agree", "as_expected marts.fct_kpi_daily"} <= {
        one["check"] for one in told["checks"]
    }
    spoken = home.cx("metric", "fcr", "--explain").out
    assert "The figure equals fct_kpi_daily." in spoken
    assert "left out: " in spoken


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nsp"], "there is no KPI nsp; there are sessions"),
        (["nps", "--where", "team=a"], "with a name of date, channel, segment, source"),
        (["nps", "--where", "channel"], "--where takes NAME=VALUE"),
        (["nps", "--where", "date=2026-02-30"], "takes a day (2026-06-30)"),
    ],
)
def test_what_cannot_be_asked_is_refused(demo: Demo, args: list[str], said: str) -> None:
    refused = Home(demo.path).cx("metric", *args, expect=2)
    assert said in refused.err


def test_days_and_months_of_a_cell() -> None:
    dimensions = ["channel"]
    told = cell(["date=2024-02", "channel=call"], dimensions)
    assert (str(told.since), str(told.until), told.values) == (
        "2024-02-01", "2024-02-29", {"channel": "call"}
    )  # fmt: skip
    told = cell(["date=2026-04-30..2026-05"], dimensions)
    assert (str(told.since), str(told.until)) == ("2026-04-30", "2026-05-31")


def test_the_pages_of_the_catalogue_are_those_of_the_docs(demo: Demo) -> None:
    home = Home(demo.path)
    for name, *language in (("kpi_catalogue.md",), ("kpi_catalogue.zh.md", "--chinese")):
        page = (ROOT / "docs" / name).read_text()
        assert home.cx("catalogue", *language).out == page, f"cx catalogue makes docs/{name}"
    told = home.cx("catalogue", "--json").told
    assert [one["kpi_id"] for one in told][:2] == ["sessions", "conversion_rate"]
    in_chinese = [one["name_zh"] + one["definition_zh"] for one in told]
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in in_chinese)
    assert len(set(in_chinese)) == len(told) > 30
