"""What the cases of crashes and of concurrent work share."""

import shutil
from collections.abc import Iterator

import pytest
from lander import Lander


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A landing that dies as told needs a C compiler, which is a Debian package."""
    for item in items:
        if "lander" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="session")
def lander(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lander]:
    """Landings that die as told."""
    if shutil.which("cc") is None:
        pytest.fail("no C compiler (cc) is here: install what .ci/packages lists")
    made = Lander(tmp_path_factory.mktemp("lander"))
    yield made
    made.close()
