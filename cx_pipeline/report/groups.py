"""Small groups: what a shared report may not show, and what would give it away."""

from collections.abc import Sequence

from cx_pipeline.report.wording import number

K = 5
FEW = f"<{K}"
COVER = "hidden"
RULE = (
    f"Groups of fewer than {K} persons are shown as {FEW} and without a value. Where that leaves a "
    f"group that could be had by subtraction from a total, the next smallest is {COVER} too."
)


def marks(persons: Sequence[int]) -> list[str]:
    """How to mark each group of one whole: FEW, COVER, or empty where it may be shown.

    A single small group, or small groups of fewer than K persons together, could be had from the
    total: the smallest of the rest cover them. Empty groups are nobody.
    """
    found = [FEW if 0 < count < K else "" for count in persons]
    rest = sorted(
        (i for i, count in enumerate(persons) if count and not found[i]), key=lambda i: persons[i]
    )
    while any(found) and rest:
        unseen = [count for count, mark in zip(persons, found, strict=True) if mark]
        if len(unseen) > 1 and sum(unseen) >= K:
            break
        found[rest.pop(0)] = COVER
    return found


def known_persons(persons: int | None, rows: int) -> int:
    """Persons behind `rows`: at least one where there is a row, however few are known."""
    return max(persons or 0, 1 if rows else 0)


def few(count: int | None) -> str:
    """A count of rows of persons; 1 to K-1 only as few."""
    return FEW if count is not None and 0 < count < K else number(count)
