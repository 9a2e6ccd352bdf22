"""KPIs by week and month against the facts themselves, and their differences against SciPy."""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from homes import Demo
from scipy import stats

ROUNDING = 3e-7  # of the approximation of the normal tail


@pytest.fixture(scope="module")
def con(demo: Demo) -> Iterator[duckdb.DuckDBPyConnection]:
    with demo.warehouse() as opened:
        yield opened


@pytest.fixture(scope="module")
def facts(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    told = con.execute(
        """select kpi_id, fact_date, channel, segment, cast(numerator as double) as numerator,
            cast(denominator as double) as denominator, reason
        from intermediate.int_kpi_facts"""
    ).df()
    days = pd.to_datetime(told["fact_date"])
    told["month"] = days.dt.to_period("M").dt.start_time
    told["week"] = days.dt.to_period("W-SUN").dt.start_time
    return told


def periods(con: duckdb.DuckDBPyConnection, where: str) -> list[dict[str, Any]]:
    told = con.execute(f"select * from marts.agg_kpi_periods where {where}").df()
    return [{str(name): value for name, value in row.items()} for row in told.to_dict("records")]


@pytest.mark.parametrize("period", ["week", "month"])
@pytest.mark.parametrize("dimension", ["channel", "segment"])
def test_periods_are_the_facts_of_their_days(
    con: duckdb.DuckDBPyConnection, facts: pd.DataFrame, period: str, dimension: str
) -> None:
    found = periods(con, f"period = '{period}' and dimension = '{dimension}'")
    counted = facts[facts[dimension].notna()].groupby(["kpi_id", period, dimension])
    direct = counted.agg(
        numerator=("numerator", "sum"), n=("numerator", "count"), excluded=("reason", "count")
    )
    of_months = {"churn_rate", "retention_rate"} if period == "week" else set()
    direct = direct[~direct.index.get_level_values("kpi_id").isin(of_months)]
    told = {(row["kpi_id"], row["starts_on"], row["dimension_value"]): row for row in found}
    assert told.keys() == set(direct.index) and len(told) > 50
    for place, row in told.items():
        expected = direct.loc[place]
        assert row["n"] == expected["n"] and row["excluded"] == expected["excluded"], place
        assert float(row["numerator"]) == pytest.approx(expected["numerator"]), place


def test_differences_are_those_of_scipy(
    con: duckdb.DuckDBPyConnection, facts: pd.DataFrame
) -> None:
    """A chi-squared test for shares, Welch's statistic for means, the common variance for NPS."""
    rows = periods(
        con,
        "period = 'month' and dimension = 'channel' and p_value is not null"
        " and kpi_id in ('conversion_rate', 'abandonment_rate', 'csat', 'aht', 'ces', 'nps')",
    )
    judged = set()
    for row in rows:
        counted = facts[
            (facts["kpi_id"] == row["kpi_id"])
            & (facts["month"] == row["starts_on"])
            & facts["numerator"].notna()
        ]
        is_own = (counted["channel"] == row["dimension_value"]).to_numpy()
        own = counted["numerator"].to_numpy()[is_own]
        other = counted["numerator"].to_numpy()[~is_own]
        scale = 100 if row["kpi_id"] == "nps" else 1
        assert row["difference"] == pytest.approx(scale * (own.mean() - other.mean()))
        if row["kpi_id"] in ("aht", "ces"):
            statistic = stats.ttest_ind(own, other, equal_var=False).statistic
            expected = 2 * stats.norm.sf(abs(statistic))
        elif row["kpi_id"] == "nps":
            error = np.sqrt(np.var(counted["numerator"]) * (1 / len(own) + 1 / len(other)))
            expected = 2 * stats.norm.sf(abs(own.mean() - other.mean()) / error)
        else:
            table = [[part.sum(), len(part) - part.sum()] for part in (own, other)]
            expected = stats.chi2_contingency(table, correction=False).pvalue
        assert row["p_value"] == pytest.approx(expected, abs=ROUNDING), row["kpi_id"]
        judged.add(row["kpi_id"])
    assert len(judged) >= 4


def test_p_values_are_adjusted_over_the_values_of_a_dimension(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rows = pd.DataFrame(periods(con, "period = 'month' and p_value is not null"))
    sizes = set()
    for _, group in rows.groupby(["kpi_id", "starts_on", "dimension"]):
        ordered = group.sort_values("p_value")
        steps = ordered["p_value"].to_numpy() * np.arange(len(group), 0, -1)
        holm = np.minimum(np.maximum.accumulate(steps), 1)
        assert np.allclose(ordered["p_adjusted"], holm)
        sizes.add(len(group))
    assert max(sizes) >= 4


def test_an_interval_of_a_month_is_made_anew_and_not_averaged(
    con: duckdb.DuckDBPyConnection,
) -> None:
    for row in periods(con, "kpi_id = 'csat' and period = 'month' and dimension = 'all'"):
        told = stats.binomtest(int(row["numerator"]), int(row["n"])).proportion_ci(method="wilson")
        assert (row["low"], row["high"]) == pytest.approx((told.low, told.high))
        assert row["value"] == pytest.approx(float(row["numerator"]) / row["n"])
