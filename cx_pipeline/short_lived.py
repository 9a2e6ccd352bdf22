"""A process that lives for one command."""

import gc

_NEW_OBJECTS = 100_000


def collect_seldom() -> None:
    """Look for cycles after so many new objects, not after 700: libraries make few of them.

    What Dagster, dbt and Great Expectations hold would be walked through again and again (measured:
    a sixth of a night's processor time).
    """
    gc.set_threshold(_NEW_OBJECTS)
