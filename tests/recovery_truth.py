"""The difference of two shares over strata, and its score interval by its roots."""

from scipy.optimize import brentq


def interval(strata: list[tuple[int, int, int, int]]) -> tuple[float, float, float]:
    """Mantel-Haenszel difference of (x1, n1, x0, n0), and where its score statistic is 1.96."""
    both = [(x1, n1, x0, n0) for x1, n1, x0, n0 in strata if n1 and n0]
    weight = sum(n1 * n0 / (n1 + n0) for _, n1, _, n0 in both)
    difference = sum((x1 * n0 - x0 * n1) / (n1 + n0) for x1, n1, x0, n0 in both) / weight

    def distance(d: float) -> float:
        variance = sum(
            (d * (n1**2 * x0 - n0**2 * x1 + n1 * n0 * (n0 - n1) / 2)) / (n1 + n0) ** 2
            + (x1 * (n0 - x0) + x0 * (n1 - x1)) / 2 / (n1 + n0)
            for x1, n1, x0, n0 in both
        )
        return float((difference - d) ** 2 * weight**2 - 1.959963984540054**2 * variance)

    return difference, brentq(distance, -2, difference), brentq(distance, difference, 2)
