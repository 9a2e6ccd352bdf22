"""One way for all tests to use the product: as its users do, through the command line."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from forked import cx

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """What a command said and how it left."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """The JSON document of a command that was given --json."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Home:
    """A home, and the commands a user types at it."""

    path: Path

    def cx(self, *args: str, expect: int | None = 0) -> Ran:
        """Run `cx --home HOME ARGS` in a process of its own; fails unless it leaves with `expect`."""
        ran = Ran(*cx(["--home", str(self.path), *args], ROOT, timeout=540))
        if expect is not None and ran.code != expect:
            pytest.fail(f"cx {' '.join(args)} left with {ran.code}\n{ran.out}\n{ran.err}")
        return ran

    def make(self, as_of: str, *marts: str) -> None:
        """Land, and make these marts with all under them; nothing else, and nothing published."""
        chosen = " or ".join(f'+key:"marts/{mart}"' for mart in marts)
        self.cx("run", "--as-of", as_of, "--select", chosen)

    @property
    def landing(self) -> Path:
        return self.path / "landing"

    @property
    def current(self) -> Path:
        return self.path / "published" / "analysts" / "current"

    @property
    def manifest(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.current / "manifest.json").read_text())
        return told

    @contextmanager
    def marts(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The published file, as a BI tool opens it."""
        con = duckdb.connect(str(self.current / "cx_marts.duckdb"), read_only=True)
        try:
            yield con
        finally:
            con.close()

    @contextmanager
    def warehouse(self, *, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """The working file; only while no command runs."""
        path = self.path / "state" / "warehouse.duckdb"
        con = duckdb.connect(str(path), read_only=read_only)
        try:
            yield con
        finally:
            con.close()


def dagster_environment(home: Home) -> dict[str, str]:
    """What Dagster's own commands need to work in a home."""
    dagster_home = home.path / "state" / "dagster"
    return {**os.environ, "CX_HOME": str(home.path), "DAGSTER_HOME": str(dagster_home)}


SAMPLE = ("--events", "20000", "--seed", "7")
AS_OF = "2026-07-10"  # after the last late delivery of the sample's 90 days
# Of the demo: a fix whose windows are over, one whose window after is not.
FIXES = """fixes:
  - id: parcel_service
    kind: wait
    where: {rule: late_delivery}
    live: 2026-05-26
  - {id: form_checks, version: 2, kind: hard_interface, live: 2026-06-25, window: 4 weeks}
"""


@dataclass(frozen=True)
class Demo(Home):
    """A published home of all four sources, its planted truth, and its key."""

    truth: dict[str, Any]
    key: Path


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that one of the workers fills, and all of them use."""
    return shared_in(factory.getbasetemp(), name, make)


def shared_in(base: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The same, of a worker whose folders stand in `base`."""
    root = base.parent if base.name.startswith("popen-") else base
    folder = root / name
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "made").touch()
    return folder
