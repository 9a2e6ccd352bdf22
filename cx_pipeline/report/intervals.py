"""95 % intervals of re-aggregated KPIs: the formulas of `macros/stats.sql`, on totals.

Adding up daily bounds would be wrong; numerators, denominators and squares add up.
"""

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054


@dataclass(frozen=True)
class Totals:
    """Sums over a period: what a value and its interval are made from."""

    numerator: float
    denominator: float | None
    n: int
    squares: float | None
    scale: float = 1.0

    @property
    def value(self) -> float | None:
        """scale * numerator / denominator; a total has no denominator; 0 / 0 is unknown."""
        if self.denominator is None:
            return self.scale * self.numerator
        return self.scale * self.numerator / self.denominator if self.denominator else None


Bounds = tuple[float, float]


def wilson(cases: float, n: float) -> Bounds | None:
    """Share of `cases` among `n` (Wilson 1927): inside 0..1, never of zero width."""
    if n <= 0:
        return None
    share = cases / n
    middle = share + Z * Z / (2 * n)
    half = Z * sqrt(max(share * (1 - share) / n + Z * Z / (4 * n * n), 0))
    scale = 1 + Z * Z / n
    return (middle - half) / scale, (middle + half) / scale


def adjusted_wald(difference: float, n: float, squares: float) -> Bounds | None:
    """Difference of two shares of the same n, as NPS, in -100..100 (Rocks 2016).

    `difference` is promoters less detractors, `squares` promoters plus detractors.
    """
    if n <= 0:
        return None
    middle, spread = difference / (n + 3), (squares + 1.5) / (n + 3)
    half = Z * sqrt(max(spread - middle * middle, 0) / (n + 3))
    return max(100 * (middle - half), -100.0), min(100 * (middle + half), 100.0)


def t_975(degrees: float) -> float:
    """97.5 % quantile of Student's t: Hill's expansion, within 1 % from two degrees on."""
    if degrees == 1:
        return 12.7062047
    v = degrees
    return 1.9599640 + 2.3722712 / v + 2.8224986 / v**2 + 2.5558497 / v**3 + 1.5895341 / v**4


def student_t(total: float, n: float, squares: float) -> Bounds | None:
    """Mean of n values from their total and sum of squares; unknown for a single value."""
    if n <= 1:
        return None
    mean = total / n
    half = t_975(n - 1) * sqrt(max(squares - mean * total, 0) / (n * (n - 1)))
    return mean - half, mean + half


def poisson(count: float) -> Bounds:
    """Expected number behind a count: Byar's approximation (Breslow & Day 1987)."""

    def bound(x: float, sign: int) -> float:
        return float(x * (1 - 1 / (9 * x) + sign * Z / (3 * sqrt(x))) ** 3)

    return (bound(count, -1) if count > 0 else 0.0), bound(count + 1, 1)


def compound_poisson(total: float, squares: float) -> Bounds:
    """Expected sum of a random number of amounts: variance is the sum of squares."""
    return total - Z * sqrt(squares), total + Z * sqrt(squares)


def interval(method: str, totals: Totals) -> Bounds | None:
    """The 95 % interval a KPI's method gives; None where it cannot be had from the totals."""
    n = totals.denominator if totals.denominator is not None else totals.n
    if method == "wilson":
        return wilson(totals.numerator, n)
    if method == "poisson":
        return poisson(totals.numerator)
    if method == "compound_poisson" and totals.squares is not None:
        return compound_poisson(totals.numerator, totals.squares)
    of_means = {"adjusted_wald": adjusted_wald, "student_t": student_t}
    if method in of_means and totals.squares is not None:
        return of_means[method](totals.numerator, n, totals.squares)
    return None


def difference(now: float, now_bounds: Bounds, then: float, then_bounds: Bounds) -> Bounds:
    """95 % interval of `now - then` from the two intervals (Zou & Donner 2008, MOVER)."""
    step = now - then
    below = sqrt((now - now_bounds[0]) ** 2 + (then_bounds[1] - then) ** 2)
    above = sqrt((now_bounds[1] - now) ** 2 + (then - then_bounds[0]) ** 2)
    return step - below, step + above
