"""KPIs against published figures: the interval macros in a real DuckDB, and the catalogue."""

import math
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest

MACROS = Path(__file__).parents[1] / "dbt_project" / "macros"


class _Returned(Exception):
    """What dbt's `return` gives: a macro's value instead of its text."""


def _return(value: Any) -> None:
    raise _Returned(value)


def _refuse(message: str) -> None:
    raise ValueError(message)


def macros(file: str) -> Any:
    """The macros of one file, rendered as dbt does, but without a project."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
    told = {"exceptions": type("", (), {"raise_compiler_error": staticmethod(_refuse)})}
    told |= {"return": _return, "var": lambda _name, default: default}
    return environment.from_string((MACROS / file).read_text()).make_module(told)


def value_of(macro: Any) -> Any:
    """What a macro returns with `return`."""
    with pytest.raises(_Returned) as returned:
        macro()
    return returned.value.args[0]


def bounds(method: str, numerator: str, n: str, squares: str = "0") -> tuple[Any, Any]:
    """Low and high of an interval, computed by DuckDB from columns, as in a model."""
    module = macros("stats.sql")
    low, high = (module.interval_bound(method, side, "x", "n", "ss") for side in ("low", "high"))
    sql = f"""
        select {low}, {high} from (select cast({numerator} as decimal(18, 4)) as x,
            cast({n} as bigint) as n, cast({squares} as decimal(38, 8)) as ss)
    """
    with duckdb.connect() as con:
        row = con.execute(sql).fetchone()
    assert row is not None
    return row


def test_nps_interval_of_rocks() -> None:
    """291 promoters, 476 passives, 395 detractors: -9.0 +- 4.4 (Rocks 2016)."""
    low, high = bounds("adjusted_wald", "291 - 395", "1162", "291 + 395")
    assert round(100 * (291 - 395) / 1162, 1) == -9.0
    assert round((high - low) / 2, 1) == 4.4
    assert round((high + low) / 2, 1) == pytest.approx(-8.9, abs=0.1)


def test_nps_interval_has_width_where_all_promote() -> None:
    """Ten of ten promoters: 77 +- 29, cut at the 100 that an NPS can be."""
    low, high = bounds("adjusted_wald", "10", "10", "10")
    centre = 100 * 10 / 13
    assert round(centre) == 77
    assert round(centre - low) == 29
    assert high == 100


def test_csat_of_the_textbook() -> None:
    """74 of 107 satisfied is 69 %, with Wilson's interval around it."""
    low, high = bounds("wilson", "74", "107")
    assert round(100 * 74 / 107) == 69
    assert (round(low, 4), round(high, 4)) == (0.5987, 0.7712)


@pytest.mark.parametrize(("cases", "n"), [(0, 1), (1, 1), (0, 50), (50, 50), (3, 7)])
def test_wilson_stays_a_share_and_has_width(cases: int, n: int) -> None:
    low, high = bounds("wilson", str(cases), str(n))
    assert 0 <= low <= cases / n <= high <= 1
    assert high > low


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (5, 2.5706), (10, 2.2281), (100, 1.984)],
)
def test_quantiles_of_student(degrees: int, quantile: float) -> None:
    """Tabled 97.5 % quantiles of Student's t, within 1 %."""
    with duckdb.connect() as con:
        row = con.execute(f"select {macros('stats.sql').t_975(str(degrees))}").fetchone()
    assert row is not None
    assert row[0] == pytest.approx(quantile, rel=0.01)


def test_mean_of_known_values() -> None:
    """1, 2, 3, 4, 5: mean 3, standard error 0.7071, four degrees of freedom: 3 +- 1.963."""
    low, high = bounds("student_t", "15", "5", "55")
    assert (low + high) / 2 == pytest.approx(3)
    assert (high - low) / 2 == pytest.approx(2.7764 * math.sqrt(0.5), rel=0.002)
    assert bounds("student_t", "4", "1", "16") == (None, None)


def test_counts_and_sums() -> None:
    """Ten events: 4.80 to 18.39 by the exact Poisson interval; a sum's variance is its squares."""
    low, high = bounds("poisson", "10", "10")
    assert (low, high) == (pytest.approx(4.795, abs=0.02), pytest.approx(18.39, abs=0.02))
    assert bounds("poisson", "0", "0")[0] == 0
    low, high = bounds("compound_poisson", "300", "2", "50000")
    assert high - 300 == pytest.approx(1.959964 * math.sqrt(50_000))
    assert 300 - low == pytest.approx(high - 300)


@pytest.mark.parametrize("method", ["wilson", "adjusted_wald", "student_t"])
def test_nothing_counted_has_no_interval(method: str) -> None:
    assert bounds(method, "0", "0") == (None, None)


def test_an_unknown_method_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="none of wilson, adjusted_wald, student_t"):
        bounds("wald", "1", "2")


FIRST_TWELVE = {
    "sessions", "conversion_rate", "orders", "revenue", "nps", "csat", "ces", "contacts",
    "abandonment_rate", "asa", "aht", "service_level_80_20",
}  # fmt: skip


def test_the_catalogue_is_complete() -> None:
    """Every entry says the same things, names a fact that has dimensions, and can be computed."""
    module = macros("kpis.sql")
    catalogue, sources = value_of(module.kpi_catalogue), value_of(module.kpi_sources)
    ids = [kpi["id"] for kpi in catalogue]
    assert len(ids) == len(set(ids))
    assert set(ids) >= FIRST_TWELVE
    for kpi in catalogue:
        assert set(kpi) - {"window_days", "period"} == set(catalogue[0]), kpi["id"]
        assert kpi.get("period", "day") in {"day", "month"}, kpi["id"]
        assert kpi["fact"] in sources, kpi["id"]
        assert kpi["direction"] in {"up", "down"}, kpi["id"]
        assert kpi["definition"].endswith("."), kpi["id"]
        assert bounds(kpi["interval"], "1", "2", "1"), kpi["id"]
