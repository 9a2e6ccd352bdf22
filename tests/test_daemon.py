"""The scheduler as it really runs: a dagster-daemon whose clock stands at the beginning of summer time."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from homes import ROOT, Demo, Home, dagster_environment

DAEMON = Path(sys.executable).with_name("dagster-daemon")


@contextmanager
def daemon(home: Home, clock: str) -> Iterator[None]:
    """A real daemon, its children included, that believes it is `clock` (UTC) when it starts.

    Only a clock that runs ahead will do: gRPC's deadlines are of the real one.
    """
    offset = datetime.fromisoformat(f"{clock}+00:00").timestamp() - time.time()
    faked = {"CLOCK_OFFSET": str(offset), "PYTHONPATH": str(ROOT / "tests" / "clock")}
    process = subprocess.Popen(
        [str(DAEMON), "run", "-w", "workspace.yaml"],
        cwd=ROOT,
        env={**dagster_environment(home), **faked},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=120)


def until(seen: Callable[[], bool], *, seconds: int) -> None:
    for _ in range(seconds):
        if seen():
            return
        time.sleep(1)
    pytest.fail(f"not within {seconds} s")


@pytest.mark.prove
def test_two_ticks_one_on_a_day_of_23_hours_and_one_that_was_missed(
    demo: Demo, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    other = Home(tmp_path / "other")
    shutil.copytree(demo.path, other.path, symlinks=True)
    for one in (home, other):
        toml = one.path / "cx.toml"
        toml.write_text(toml.read_text().replace('"UTC"', '"Europe/Berlin"'))
    other.cx("run", "--as-of", "2027-03-29")
    runs = home.path / "state" / "runs"
    already = set(runs.glob("*.json"))

    def nights() -> list[dict[str, Any]]:
        told = [json.loads(path.read_text()) for path in set(runs.glob("*.json")) - already]
        return sorted(told, key=lambda night: str(night["started_at"]))

    def published() -> list[str]:
        return [night["as_of"] for night in nights() if night["published"]]

    # On 28 March 2027 clocks go forward from 02:00 to 03:00: the tick at 03:00 is 01:00 UTC.
    with daemon(home, "2027-03-28 00:58:00"):
        until(lambda: published() == ["2027-03-28"], seconds=400)
    # The tick of the 29th passes while no daemon runs; that of the 30th is still to come.
    with daemon(home, "2027-03-29 22:30:00"):
        until(lambda: published() == ["2027-03-28", "2027-03-29"], seconds=400)
    assert [night["as_of"] for night in nights()] == ["2027-03-28", "2027-03-29"]
    assert home.manifest["as_of"] == "2027-03-29"
    assert home.manifest["content_hash"] == other.manifest["content_hash"]
