"""The scheduler as it really runs: a dagster-daemon, and its loop at the end of summer time."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from homes import ROOT, Demo, Home, dagster_environment

DAEMON = Path(sys.executable).with_name("dagster-daemon")
RUN_KEYS = """
import json
import dagster as dg
runs = dg.DagsterInstance.get().get_runs()
print(json.dumps(sorted(run.tags["dagster/run_key"] for run in runs if run.is_success
    and "dagster/run_key" in run.tags)))
"""
# One turn of the daemon's scheduler at the moment given, and the runs that it launched.
TURN = """
import logging, sys, time
from datetime import datetime
import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._daemon.daemon import SchedulerDaemon  # before its own scheduler: they import each other
from dagster._scheduler.scheduler import launch_scheduled_runs

instance = dg.DagsterInstance.get()
with WorkspaceProcessContext(instance, WorkspaceFileTarget(paths=["workspace.yaml"])) as context:
    for told in launch_scheduled_runs(
        context,
        logging.getLogger("scheduler"),
        end_datetime_utc=datetime.fromisoformat(sys.argv[1]),
        iteration_times={},
        threadpool_executor=None,
        submit_threadpool_executor=None,
        scheduler_run_futures={},
        max_catchup_runs=5,
        max_tick_retries=0,
    ):
        assert told is None or not hasattr(told, "message"), told
    while any(not run.is_finished for run in instance.get_runs()):
        time.sleep(0.5)
"""


def copied(demo: Demo, folder: Path) -> Home:
    home = Home(folder)
    shutil.copytree(demo.path, home.path, symlinks=True)
    return home


def python(home: Home, script: str, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *args],
        cwd=ROOT,
        env=dagster_environment(home),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def nights(home: Home, already: set[Path]) -> list[dict[str, Any]]:
    """The records of the runs since, the earliest first."""
    paths = set((home.path / "state" / "runs").glob("*.json")) - already
    told = [json.loads(path.read_text()) for path in paths]
    return sorted(told, key=lambda night: str(night["started_at"]))


@pytest.mark.prove
def test_a_day_of_25_hours_and_a_missed_tick_are_nights_of_their_own_date(
    demo: Demo, tmp_path: Path
) -> None:
    home, other = copied(demo, tmp_path / "home"), copied(demo, tmp_path / "other")
    for one in (home, other):
        toml = one.path / "cx.toml"
        toml.write_text(toml.read_text().replace('"UTC"', '"Europe/Berlin"'))
    already = set((home.path / "state" / "runs").glob("*.json"))
    python(home, TURN, "2026-10-24T12:00:00+00:00")  # the schedule is seen for the first time
    assert nights(home, already) == []
    # On 25 October 2026 clocks go back from 03:00 to 02:00: the tick at 03:00 is 02:00 UTC.
    python(home, TURN, "2026-10-25T01:59:00+00:00")
    assert nights(home, already) == []
    python(home, TURN, "2026-10-25T02:00:30+00:00")
    assert [(n["as_of"], bool(n["published"])) for n in nights(home, already)] == [
        ("2026-10-25", True)
    ]
    # Nobody looks while the tick of the 26th passes; that of the 27th is still to come.
    python(home, TURN, "2026-10-27T00:30:00+00:00")
    assert [night["as_of"] for night in nights(home, already)] == ["2026-10-25", "2026-10-26"]
    other.cx("run", "--as-of", "2026-10-26")
    assert home.manifest["as_of"] == "2026-10-26"
    assert home.manifest["content_hash"] == other.manifest["content_hash"]


@contextmanager
def daemon(home: Home) -> Iterator[None]:
    process = subprocess.Popen(
        [str(DAEMON), "run", "-w", "workspace.yaml"],
        cwd=ROOT,
        env=dagster_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=120)


def until(seen: Callable[[], bool], *, seconds: int) -> None:
    for _ in range(seconds):
        if seen():
            return
        time.sleep(1)
    pytest.fail(f"not within {seconds} s")


@pytest.mark.prove
def test_the_daemon_runs_its_ticks_and_the_one_it_missed(demo: Demo, tmp_path: Path) -> None:
    home = copied(demo, tmp_path / "home")
    toml = home.path / "cx.toml"
    toml.write_text(toml.read_text().replace("0 3 * * *", "*/2 * * * *"))
    already = set((home.path / "state" / "runs").glob("*.json"))

    def published() -> int:
        return sum(bool(night["published"]) for night in nights(home, already))

    with daemon(home):
        until(lambda: published() >= 1, seconds=300)
        time.sleep(5)  # the run's own end
    before = published()
    time.sleep(125)  # a tick passes while no daemon runs
    with daemon(home):
        until(lambda: published() > before, seconds=300)
        time.sleep(5)
    ticks = [datetime.fromisoformat(key) for key in json.loads(python(home, RUN_KEYS))]
    assert len(ticks) >= 2
    assert all(b - a == timedelta(minutes=2) for a, b in pairwise(ticks))
