"""Retention: cohorts as a plain reading of the rule has them, on random and on real histories."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conversion_world import Models
from homes import Demo

AS_OF = date(2026, 3, 10)
FIRST = date(2025, 9, 20)
NAMES = ("agg_retention",)
Days = dict[str, set[date]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    models = Models(tmp_path_factory.mktemp("retention"), NAMES, AS_OF)
    yield models
    models.con.close()


def build(models: Models, orders: list[Any], touches: list[Any]) -> dict[Any, tuple[int, ...]]:
    """(basis, variant, cohort, period) -> start, retained, lost, pending."""
    columns = "person_id varchar, local_date date"
    models.table("marts.fct_orders", f"{columns}, is_void boolean", orders)
    models.table("marts.fct_touchpoints", f"{columns}, kind varchar", touches)
    models.build()
    rows = models.rows(
        "select basis, variant, cohort, period_number, start_count, retained_count, lost_count,"
        " pending_count from marts.agg_retention"
    )
    return {row[:4]: row[4:] for row in rows}


def read(basis: str, days: Days, as_of: date) -> dict[Any, tuple[int, ...]]:
    """Person by person and day by day."""
    found: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    cohorts: dict[date, list[str]] = defaultdict(list)
    for person, active in days.items():
        cohorts[min(active).replace(day=1)].append(person)
    for cohort, members in cohorts.items():
        first = min(min(days[person]) for person in members)
        for period in range(25):
            for variant in ("month", "n_day", "unbounded"):
                begins = (
                    _later(cohort, period)
                    if variant == "month"
                    else first + timedelta(days=30 * period)
                )
                if begins >= as_of and (variant != "month" or begins > as_of):
                    continue
                cell = found[basis, variant, cohort, period]
                for person in members:
                    start = min(days[person])
                    if variant == "month":
                        low, high = _later(cohort, period), _later(cohort, period + 1)
                    else:
                        low = start + timedelta(days=30 * period)
                        high = low + timedelta(days=30)
                    came = any(
                        low <= day and (variant == "unbounded" or day < high)
                        for day in days[person]
                    )
                    cell[0] += 1
                    cell[3 if high > as_of else 1 if came else 2] += 1
    return {key: tuple(cell) for key, cell in found.items()}


def _later(month: date, months: int) -> date:
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def drawn(seed: int) -> Days:
    draw = random.Random(seed)
    span = (AS_OF - FIRST).days
    found = {}
    for number in range(150):
        day = FIRST + timedelta(days=draw.randrange(span))
        mine = {day}
        while draw.random() < 0.7:
            day += timedelta(days=draw.choice([1, 7, 29, 30, 31, 59, 60, 90]))
            mine.add(day)
        found[f"p{number}"] = {one for one in mine if one < AS_OF}
    return found


@pytest.mark.parametrize("seed", range(4))
def test_cohorts_equal_a_plain_reading(models: Models, seed: int) -> None:
    orders, touches = drawn(seed), drawn(seed + 100)
    order_rows = [(person, day, False) for person, days in orders.items() for day in days]
    touch_rows = [(person, day, "web_session") for person, days in touches.items() for day in days]
    # What makes nobody a customer, and brings nobody back.
    order_rows += [(person, FIRST - timedelta(days=40), True) for person in orders]
    order_rows += [(None, day, False) for days in orders.values() for day in days]
    order_rows += [(person, None, False) for person in orders]
    early = FIRST - timedelta(days=20)
    touch_rows += [
        (person, early, kind) for person in touches for kind in ("message", "subscription")
    ]
    random.Random(seed).shuffle(order_rows)
    found = build(models, order_rows * 2, touch_rows)
    expected = read("first_order", orders, AS_OF) | read("first_touch", touches, AS_OF)
    assert found == expected
    assert any(cell[3] and cell[1] for cell in expected.values()), "no cell is partly pending"


def test_shares_have_their_interval_and_none_without_a_window_that_is_over(models: Models) -> None:
    days = {"a": {date(2026, 1, 5), date(2026, 2, 6)}, "b": {date(2026, 1, 5)}}
    build(models, [(p, d, False) for p, mine in days.items() for d in mine], [])
    told = models.rows(
        "select period_number, retained_share, round(low, 4), round(high, 4)"
        " from marts.agg_retention where variant = 'month' order by 1"
    )
    # Wilson of 2 in 2 and of 1 in 2.
    assert told == [(0, 1.0, 0.3424, 1.0), (1, 0.5, 0.0945, 0.9055), (2, None, None, None)]


RETAIL = Path(__file__).parents[2] / "shared" / "data" / "retail" / "online_retail.parquet"


@pytest.mark.skipif(not RETAIL.exists(), reason="needs the real data beside the project")
def test_real_orders_equal_pandas(tmp_path: Path) -> None:
    """Online Retail: cohorts of 4,339 customers by pandas, each variant by its own road."""
    import pandas as pd

    as_of = date(2011, 12, 10)
    models = Models(tmp_path, NAMES, as_of)
    models.table("marts.fct_touchpoints", "person_id varchar, local_date date, kind varchar")
    models.con.execute(
        f"""create or replace table marts.fct_orders as
        select InvoiceNo as order_id, cast(max(CustomerID) as varchar) as person_id,
            cast(min(InvoiceDate) as date) as local_date, InvoiceNo not similar to '[0-9]+' as is_void
        from '{RETAIL}' group by InvoiceNo"""
    )
    models.build()
    found = models.con.execute("select * from marts.agg_retention").df()
    models.con.close()

    lines = pd.read_parquet(RETAIL, columns=["InvoiceNo", "InvoiceDate", "CustomerID"])
    lines = lines[lines.CustomerID.notna() & lines.InvoiceNo.str.fullmatch(r"\d+")]
    first_moment = lines.groupby("InvoiceNo").InvoiceDate.transform("min")
    lines = lines.assign(day=first_moment.dt.normalize()).drop_duplicates(["CustomerID", "day"])
    lines["start"] = lines.groupby("CustomerID").day.transform("min")
    lines["cohort"] = lines.start.dt.to_period("M")
    lines["month"] = (lines.day.dt.to_period("M") - lines.cohort).map(lambda step: step.n)
    lines["window"] = (lines.day - lines.start).dt.days // 30
    lines["over"] = (pd.Timestamp(as_of) - lines.start).dt.days // 30 - 1
    assert (
        lines.CustomerID.nunique()
        == 4339
        == found[(found.period_number == 0) & (found.variant == "month")].start_count.sum()
    )

    by_month = lines.groupby(["cohort", "month"]).CustomerID.nunique()
    seen = lines[lines.window <= lines.over].groupby(["cohort", "window"]).CustomerID.nunique()
    last = lines.groupby(["cohort", "CustomerID"]).agg(
        window=("window", "max"), over=("over", "max")
    )
    checked = 0
    for row in found.itertuples():
        cohort, period = pd.Period(row.cohort, "M"), row.period_number
        mine = last.loc[cohort]
        pending = int((mine.over < period).sum())
        if row.variant == "month":
            running = cohort + period >= pd.Period("2011-12", "M")
            expected = 0 if running else int(by_month.get((cohort, period), 0))
            pending = len(mine) if running else 0
        elif row.variant == "n_day":
            expected = int(seen.get((cohort, period), 0))
        else:
            expected = int(((mine.over >= period) & (mine.window >= period)).sum())
        assert (row.start_count, row.retained_count, row.pending_count) == (
            len(mine), expected, pending,
        )  # fmt: skip
        checked += expected > 0
    assert checked > 150


def test_the_demo_has_both_bases(demo: Demo) -> None:
    with demo.marts() as con:
        told = con.execute(
            "select basis, sum(start_count) from agg_retention"
            " where variant = 'month' and period_number = 0 group by basis order by basis"
        ).fetchall()
        buyers = con.execute(
            "select count(distinct person_id) from fct_orders where not is_void"
        ).fetchone()
    assert buyers and told[0] == ("first_order", buyers[0])
    assert told[1][0] == "first_touch" and told[1][1] > buyers[0]
