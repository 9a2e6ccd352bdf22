"""Which seeds of a random test run where: one in `make test`, all the others in `make prove`."""

from typing import Any

import pytest


def seeds(count: int) -> list[Any]:
    """The seeds below `count`, for `pytest.mark.parametrize`."""
    return [0, *(pytest.param(seed, marks=pytest.mark.prove) for seed in range(1, count))]
