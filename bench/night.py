"""One more day of events and calls, on a history and on one ten times as long: cost follows change.

python -m bench.night EVENTS TIMES     web events of the shorter history, how often the longer
"""

import json
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from bench.measure import Line, Measured, cx, show
from cx_pipeline.outcome import Night
from cx_pipeline.sample.write import DAYS, LAST_DAY, write_sample

EVENTS, TIMES = 200_000, 10
GOAL = 1.2
# What grows by a day: a snapshot of the CRM grows with the customers, and is no delta.
_DELTA = ("ga4", "connect")


def night(home: Path, events: int = EVENTS, times: int = TIMES) -> list[Line]:
    """The whole night and each step of it, on the long history in ratio to the short one.

    The longer history has as many events a day, so that the day that is added is as large.
    """
    short, steps = _night(home / "short", events, DAYS)
    long, steps_of_long = _night(home / "long", events * times, DAYS * times)
    name = f"a day of {events // DAYS:,} events after {times} times {events:,} events of history"
    lines = [
        _line(f"{name}: whole night", long.wall, short.wall, GOAL),
        _line(f"{name}: CPU", long.cpu, short.cpu, None),
        _line(f"{name}: peak memory", long.peak_mib, short.peak_mib, None, "MiB"),
    ]
    return lines + [
        _line(f"{name}: {step}", took, steps[step], None) for step, took in steps_of_long.items()
    ]


def _night(home: Path, events: int, days: int) -> tuple[Measured, dict[str, float]]:
    """The last night of such a history, and the seconds of its steps."""
    cx(home, "init")
    first = LAST_DAY - timedelta(days=days - 1)
    ends = (days - 1, days)
    write_sample(
        home, events=events, seed=1, start=first, end=LAST_DAY, ends=ends, with_faults=False
    )
    landing, nights = home / "landing", home / "nights"
    shutil.copytree(nights / "1", landing, dirs_exist_ok=True)
    cx(home, "run", "--as-of", LAST_DAY.isoformat())
    for source in _DELTA:
        shutil.copytree(nights / "2" / source, landing / source, dirs_exist_ok=True)
    told = cx(home, "run", "--as-of", (LAST_DAY + timedelta(days=1)).isoformat())
    newest = max((home / "state" / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime)
    return told, Night.model_validate(json.loads(newest.read_text())).took


def _line(name: str, long: float, short: float, goal: float | None, unit: str = "s") -> Line:
    ratio = long / short
    met = None if goal is None else ratio <= goal
    wanted = "" if goal is None else f"<= {goal}"
    return Line(name, f"{long:.1f} {unit}", f"{short:.1f} {unit}", ratio, wanted, met)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="cx-bench-") as folder:
        print(show(night(Path(folder), *map(int, sys.argv[1:]))))
