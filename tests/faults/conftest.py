"""What the cases of crashes and of concurrent work share."""

import shutil
from collections.abc import Iterator

import pytest
from lander import Lander


@pytest.fixture(scope="session")
def lander(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lander]:
    """Landings that die as told."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler (cc) is here to build the faulty writes with")
    made = Lander(tmp_path_factory.mktemp("lander"))
    yield made
    made.close()
