"""The real sets in homes of their own: each is run as few times as the questions need."""

import shutil
from pathlib import Path

import pytest
from homes import shared
from real_homes import CURRENT, DATA, FIRST_NIGHT, OLIST_ZONE, SECOND_NIGHT, Nights, RealHome

OLIST = {"reporting_zone": OLIST_ZONE, "reporting_currency": "BRL"}


@pytest.fixture(scope="session")
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"the real data sets are not here: {DATA} does not exist")
    return DATA


@pytest.fixture(scope="session")
def olist(data: Path, key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Delivery 1; then, the next night, delivery 2 under the same file names."""

    def make(folder: Path) -> None:
        home = RealHome.begin(folder / "home", "olist", key_file, **OLIST)
        home.deliver("olist", data / "olist" / "delivery_1")
        home.run(FIRST_NIGHT)
        shutil.copytree(home.folder / CURRENT, folder / "first" / CURRENT)
        home.deliver("olist", data / "olist" / "delivery_2")
        home.run(SECOND_NIGHT)

    folder = shared(tmp_path_factory, "olist", make)
    return Nights(RealHome(folder / "home"), RealHome(folder / "first"))


@pytest.fixture(scope="session")
def olist_at_once(data: Path, key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> RealHome:
    """Both deliveries in one night, with the same key."""
    home = RealHome.begin(tmp_path_factory.mktemp("olist_at_once"), "olist", key_file, **OLIST)
    for delivery in ("delivery_1", "delivery_2"):
        home.deliver("olist", data / "olist" / delivery)
    home.run(SECOND_NIGHT)
    return home


@pytest.fixture(scope="session")
def bank(data: Path, key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> RealHome:
    """Two weeks of calls, in the zone and currency that a new home has."""
    home = RealHome.begin(tmp_path_factory.mktemp("bank"), "bank_calls", key_file)
    home.deliver("bank_calls", data / "bank_calls" / "calls_1999-02-01_to_14.tsv")
    home.run("1999-02-15")
    return home
