"""A command as a whole process: wall seconds, CPU seconds and peak memory, as the kernel tells."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Measured:
    """One run of a command."""

    wall: float
    cpu: float
    peak_mib: float


def command(*args: str) -> Measured:
    """Run a command to its end; a non-zero exit is an error that stops the benchmark."""
    began = time.perf_counter()
    process = subprocess.Popen(args, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(args)} left with {process.returncode}\n{said.decode()}")
    return Measured(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def cx(home: Path, *args: str) -> Measured:
    """Run one `cx` command in a process of its own."""
    return command(sys.executable, "-m", "cx_pipeline.cli", "--home", str(home), *args)


def median(runs: Sequence[Measured]) -> Measured:
    """The median of each figure over several runs."""
    return Measured(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        statistics.median(run.peak_mib for run in runs),
    )


def repeat(times: int, action: Callable[[], Measured]) -> Measured:
    """The median of an action done several times."""
    return median([action() for _ in range(times)])


@dataclass(frozen=True)
class Line:
    """One line of the table: what was measured, against what, and the goal it has."""

    name: str
    value: str
    against: str
    ratio: float | None
    goal: str
    is_met: bool | None


def show(lines: Sequence[Line]) -> str:
    """The table as Markdown."""
    told = ["| what | measured | against | ratio | goal | met |", "|---|---|---|---|---|---|"]
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
        met = {None: "", True: "yes", False: "**no**"}[line.is_met]
        told.append(
            f"| {line.name} | {line.value} | {line.against} | {ratio} | {line.goal} | {met} |"
        )
    return "\n".join(told)
