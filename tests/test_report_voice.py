"""Who answers unlike the customers, on the page: what is named, and what is not."""

from typing import Any

import duckdb

from cx_pipeline.report.blocks import Table
from cx_pipeline.report.reading import Marts
from cx_pipeline.report.sections.voice import _unlike

SHARES = "respondents / 100.0 as respondents_share, customers / 1000.0 as customers_share"


def named(*groups: tuple[str, int, int, float]) -> list[list[Any]]:
    """The rows that the page shows of groups (name, respondents of 100, customers of 1,000, d)."""
    with duckdb.connect() as con:
        con.execute(
            "create table told (dimension_value text, respondents bigint, customers bigint, d double)"
        )
        con.executemany("insert into told values (?, ?, ?, ?)", groups)
        con.execute(
            f"""create table agg_representativeness as select 's' as source, 'after' as survey_id,
            'w1' as wave, 'tenure' as dimension, *, {SHARES}, d as difference_from_customers,
            abs(d) > 0.2 as is_unlike from told"""
        )
        blocks = _unlike(Marts(con))
    return [list(row) for block in blocks if isinstance(block, Table) for row in block.rows]


def test_unlike_groups_are_named_the_most_unlike_first() -> None:
    assert named(("a", 20, 300, -0.23), ("b", 30, 310, -0.04), ("c", 50, 390, 0.4)) == [
        ["after", "w1", "known for: c", "50.0\u202f%", "39.0\u202f%", "+0.40"],
        ["after", "w1", "known for: a", "20.0\u202f%", "30.0\u202f%", "-0.23"],
    ]
    assert named(("a", 40, 400, 0.0), ("b", 60, 600, 0.0)) == []


def test_a_group_of_few_is_not_told_nor_what_would_give_it_away() -> None:
    # 3 of 100 are few; with a and c told, they could be had by subtraction: the next smallest goes
    shown = named(("a", 37, 500, 0.3), ("b", 3, 200, -0.5), ("c", 60, 300, 0.6))
    assert [row[2] for row in shown] == ["known for: c"]
