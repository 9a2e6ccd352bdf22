"""Journeys of a million events beside pandas; transitions beside pm4py where it is installed."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.measure import ROOT, Line, cx

# Each step and how many times as fast as pandas it has to be; none for what has no goal.
GOALS = {"journey table": 2.0, "journeys": None, "transitions": None}
PM4PY = 8.0


def journey(home: Path) -> list[Line]:
    """A night of one million events; then each step again, from the same table of touches."""
    cx(home, "init")
    cx(home, "sample", "--events", "1000000", "--seed", "1")
    cx(home, "run", "--as-of", "2026-07-10")
    ours, pandas = _measured("ours", home), _measured("pandas", home)
    if ours["figures"] != pandas["figures"]:
        raise RuntimeError(
            f"pandas has other journeys: {pandas['figures']}, ours {ours['figures']}"
        )
    lines = [_line(step, ours, pandas, "pandas", goal) for step, goal in GOALS.items()]
    both = {"journey table and journeys": sum(ours["took"][step] for step in list(GOALS)[:2])}
    theirs = {"journey table and journeys": sum(pandas["took"][step] for step in list(GOALS)[:2])}
    lines.append(_line(next(iter(both)), {"took": both}, {"took": theirs}, "pandas", None))
    if find_spec("pm4py"):
        lines.append(_line("transitions", ours, _measured("pm4py", home), "pm4py", PM4PY))
    return lines


def _measured(name: str, home: Path) -> dict[str, Any]:
    warehouse, compiled = home / "state" / "warehouse.duckdb", home / "state/dbt/compiled/cx"
    command = [sys.executable, "-m", "bench.journeys", name, str(warehouse), str(compiled)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} did not make the journeys\n{done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _line(step: str, ours: Any, peer: Any, name: str, goal: float | None) -> Line:
    mine, other = ours["took"][step], peer["took"][step]
    ratio = other / mine
    return Line(
        f"{step}, 1M events, from a finished table of touches", f"{mine:.2f} CPU-s",
        f"{name} {other:.2f} CPU-s", ratio, "" if goal is None else f">= {goal:g}",
        None if goal is None else ratio >= goal,
    )  # fmt: skip
