"""Homes that tests share: made once, copied by whoever changes one."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import AS_OF, FIXES, ROOT, SAMPLE, Demo, Home, dagster_environment, shared
from vendor_home import Vendors, publish


@pytest.fixture
def new_home(tmp_path: Path) -> Callable[..., Home]:
    """Makes homes: `new_home('name', sources='olist')`."""

    def make(name: str = "home", *, sources: str | None = None, key: Path | None = None) -> Home:
        home = Home(tmp_path / name)
        args = ["init"]
        args += ["--sources", sources] if sources else []
        args += ["--key-file", str(key)] if key else []
        home.cx(*args)
        return home

    return make


# The longest first: what two workers start last decides when both have ended. The very first needs
# no home, so that nobody waits while the demo is made.
LONGEST = (
    "test_person_night",
    "test_rights_in_marts",
    "test_orders_of_arrival",
    "test_planted_leaks",
    "test_consent",
    "test_dagster",
    "test_olist",
    "test_stale",
    "test_segments",
    "test_identity_rules",
    "test_backup",
    "test_matching",
    "test_forget",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key for all homes of the session: equal keys and inputs give equal hashes."""

    def make(folder: Path) -> None:
        home = Home(folder / "home")
        home.cx("init")
        (folder / "token.key").write_bytes((home.path / "state/keys/token.key").read_bytes())

    return shared(tmp_path_factory, "key", make) / "token.key"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> Demo:
    """All four sources in one night. Tests must not change it: copy it first."""

    def make(folder: Path) -> None:
        home = Home(folder / "home")
        home.cx("init", "--key-file", str(key_file))
        (home.path / "fixes.yml").write_text(FIXES)
        home.cx("sample", *SAMPLE, "--truth", str(folder / "truth.json"))
        home.cx("run", "--as-of", AS_OF)

    folder = shared(tmp_path_factory, "demo", make)
    return Demo(folder / "home", json.loads((folder / "truth.json").read_text()), key_file)


@pytest.fixture(scope="session")
def by_dagster(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same extracts through `dagster job execute`, in uncompressed files whose bytes tell."""

    def make(folder: Path) -> None:
        home = Home(folder / "home")
        home.cx("init", "--key-file", str(demo.key))
        toml = home.path / "cx.toml"
        toml.write_text(toml.read_text() + "\n[warehouse]\nblock_compression = false\n")
        shutil.copytree(demo.landing, home.landing, dirs_exist_ok=True)
        (home.path / "fixes.yml").write_text(FIXES)
        config = folder / "run.yaml"
        config.write_text(f'resources:\n  night:\n    config:\n      as_of: "{AS_OF}"\n')
        command = [sys.executable, "-m", "dagster", "job", "execute", "-j", "nightly"]
        done = subprocess.run(
            [*command, "-m", "cx_pipeline.definitions", "-c", str(config)],
            cwd=ROOT,
            env=dagster_environment(home),
            capture_output=True,
            text=True,
            timeout=540,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]

    return Home(shared(tmp_path_factory, "by_dagster", make) / "home")


@pytest.fixture(scope="session")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Vendors:
    """The six vendor packs in one night. Tests must not change it: see `later`."""
    return Vendors(shared(tmp_path_factory, "vendors", publish) / "home")


@pytest.fixture
def later(vendors: Vendors, tmp_path: Path) -> Vendors:
    """A copy to deliver more to: staging is views, which tell what has landed since."""
    shutil.copytree(vendors.path, tmp_path / "home", symlinks=True)
    return Vendors(tmp_path / "home")
