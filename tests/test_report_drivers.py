"""The key-driver picture: who is in it, what it says, and what few persons leave out."""

import duckdb
import pytest

from cx_pipeline.report.blocks import Cell, Table
from cx_pipeline.report.reading import Marts
from cx_pipeline.report.sections import drivers

# kpi, driver, facts, hurt, impact with its interval, coefficient with its interval
ROWS = [
    ("nps", "late_deliveries", 400, 100, -5.3, -8.1, -2.4, -7.3, -14.5, -0.2),
    ("nps", "contacts", 400, 20, -2.0, -4.0, 0.5, None, None, None),
    ("nps", "longest_wait", 400, 3, -9.0, None, None, None, None, None),
    ("nps", "transfers", 400, 398, 4.0, 3.0, 5.0, None, None, None),
    ("csat", "late_deliveries", 200, 4, -0.2, None, None, None, None, None),
    ("churn", "contacts", 90, 30, 0.1, 0.05, 0.15, None, None, None),
]


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(
        """create table agg_drivers (kpi varchar, driver varchar, fact_count bigint,
        hurt_count bigint, impact double, low double, high double,
        coefficient double, coefficient_low double, coefficient_high double)"""
    )
    con.executemany(f"insert into agg_drivers values ({', '.join('?' * 10)})", ROWS)
    return con


def test_the_picture_shows_what_hurt_enough_persons(con: duckdb.DuckDBPyConnection) -> None:
    (nps,) = drivers.figures(Marts(con))
    assert nps.title == "What moves NPS"
    assert isinstance(nps.table, Table)
    assert nps.table.rows == [
        [
            "late deliveries",
            "25.0\u202f%",
            Cell("−5.3", small="−8.1 to −2.4"),
            Cell("−7.3", small="−14.5 to −0.2"),
        ],
        ["contacts", "5.0\u202f%", Cell("−2.0", small="−4.0 to +0.5"), "–"],
    ]
    assert "late deliveries: −5.3, before 25.0\u202f% of answers" in nps.svg
    assert "longest wait" not in nps.svg and "transfers" not in nps.svg
    assert "n 400 answers" in nps.note and "No proof of cause. Not shown: 2" in nps.note


def test_without_the_table_or_an_interval_there_is_no_picture(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute("update agg_drivers set low = null")
    assert drivers.figures(Marts(con)) == []
    con.execute("drop table agg_drivers")
    assert drivers.figures(Marts(con)) == []


def test_one_driver_alone_is_drawn(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("delete from agg_drivers where driver <> 'late_deliveries'")
    (nps,) = drivers.figures(Marts(con))
    assert nps.svg.count("late deliveries:") >= 1
