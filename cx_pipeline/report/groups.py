"""Small groups: what a shared report may not show, and what would give it away."""

from collections.abc import Sequence

from cx_pipeline.report.wording import number

K = 5
FEW = f"<{K}"
RULE = (
    f"Groups of fewer than {K} persons are shown as {FEW} and without a value; where that leaves "
    "one group that could be had by subtraction, the next smallest is hidden too."
)


def hidden(persons: Sequence[int]) -> list[bool]:
    """Which groups of one whole to hide: those of 1 to K-1 persons, and enough others as cover.

    A single hidden group, or hidden groups of fewer than K persons together, can be had from the
    total: the smallest of the rest are hidden until that is no longer so. Empty groups are nobody.
    """
    hide = [0 < count < K for count in persons]
    rest = sorted(
        (i for i, count in enumerate(persons) if count and not hide[i]), key=lambda i: persons[i]
    )
    while any(hide) and rest:
        if sum(hide) > 1 and sum(c for c, h in zip(persons, hide, strict=True) if h) >= K:
            break
        hide[rest.pop(0)] = True
    return hide


def known_persons(persons: int | None, rows: int) -> int:
    """Persons behind `rows`: at least one where there is a row, however few are known."""
    return max(persons or 0, 1 if rows else 0)


def few(count: int | None) -> str:
    """A count of rows of persons; 1 to K-1 only as few."""
    return FEW if count is not None and 0 < count < K else number(count)
