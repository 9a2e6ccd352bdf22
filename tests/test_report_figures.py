"""Intervals against published figures, and how numbers are written."""

from datetime import date

import pytest

from cx_pipeline.report.intervals import (
    adjusted_wald,
    compound_poisson,
    difference,
    poisson,
    student_t,
    wilson,
)
from cx_pipeline.report.wording import amount, duration, number, share, week


def test_adjusted_wald_gives_rocks_figures() -> None:
    low, high = adjusted_wald(291 - 395, 291 + 476 + 395, 291 + 395) or (0, 0)
    assert (low + high) / 2 == pytest.approx(-9.0, abs=0.1)
    assert (high - low) / 2 == pytest.approx(4.4, abs=0.05)
    low, high = adjusted_wald(10, 10, 10) or (0, 0)
    assert low == pytest.approx(77 - 29, abs=0.5)
    assert high == 100


def test_wilson_never_leaves_the_unit_interval_nor_is_zero_wide() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-4)
    assert wilson(74, 107) == pytest.approx((0.5988, 0.7711), abs=2e-3)
    assert wilson(0, 0) is None


def test_means_sums_and_counts() -> None:
    # 1, 2, 3, 4, 5: mean 3, sd 1.5811, t(4) = 2.7764
    assert student_t(15, 5, 55) == pytest.approx((1.0368, 4.9632), rel=0.01)
    assert student_t(3, 1, 9) is None
    # exact Poisson interval of 10 is 4.795 to 18.390
    assert poisson(10) == pytest.approx((4.795, 18.390), rel=0.01)
    assert poisson(0)[0] == 0
    assert compound_poisson(100, 2500) == pytest.approx((2.0, 198.0), abs=0.1)


def test_interval_of_a_difference() -> None:
    # Newcombe 1998, case (a): 56/70 - 48/80, method 10
    low, high = difference(56 / 70, wilson(56, 70) or (0, 0), 48 / 80, wilson(48, 80) or (0, 0))
    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_numbers_are_written_with_units() -> None:
    assert number(-1234.5, 1) == "−1,234.5"
    assert number(-0.01, 1) == "0.0"
    assert share(0.1234) == "12.3\u202f%"
    assert duration(42) == "42.0\u202fs"
    assert duration(348) == "5\u202fmin 48\u202fs"
    assert duration(7200) == "2\u202fh"
    assert duration(-0.01) == "0.0\u202fs"
    assert amount(12345.6, "EUR") == "12,346\u202fEUR"
    assert week(date(2026, 11, 30)) == "30 Nov to 6 Dec 2026"
