"""Landings in processes of their own that die, or whose disk fails, at a write that is told.

One process imports all libraries under a preloaded `write`; each landing is a fork of it, so that a
crash costs a tenth of a second and is a crash all the same.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from itertools import count
from pathlib import Path
from typing import Any

from small_home import SmallHome

from cx_pipeline.contracts import load_pack
from cx_pipeline.settings import Settings

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


class Fault(IntEnum):
    """What happens at the k-th write (or sync) below the state of a home; COUNT: nothing."""

    COUNT, KILL, TORN, FULL, STOP, NO_SYNC = range(6)


@dataclass(frozen=True)
class Died:
    """How a landing ended: its exit code (negative: a signal), what it said, what it wrote."""

    code: int
    said: str
    writes: int = 0
    syncs: int = 0
    statuses: tuple[str, ...] = ()


class Lander:
    """Starts the landings; `close` ends the process they are forked from."""

    def __init__(self, folder: Path) -> None:
        library = folder / "faulty_writes.so"
        build = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), "faulty_writes.c", "-ldl"]
        subprocess.run(build, cwd=HERE, check=True)
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "lander.py"), str(library)],
            env={
                **os.environ,
                "LD_PRELOAD": str(library),
                "PYTHONPATH": f"{HERE.parent}:{ROOT}",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def land(
        self,
        home: Path,
        fault: Fault = Fault.COUNT,
        at: int = 0,
        *,
        step: str = "",
        meanwhile: Callable[[int], None] | None = None,
    ) -> Died:
        """Land in `home`; `step` kills it as that function of the product is entered.

        `meanwhile` is called with its process number while it stands still (Fault.STOP).
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        wanted = {"home": str(home), "fault": int(fault), "at": at, "step": step}
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        if meanwhile is not None:
            state = ""
            while state != "T":
                state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
            meanwhile(pid)
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return Died(**{**told, "statuses": tuple(told.get("statuses", ()))})

    def close(self) -> None:
        self._process.communicate()


def home_at(folder: Path) -> SmallHome:
    """The home of another process, with its pack beside it."""
    packs = folder.parent / "packs"
    settings = Settings(home=folder, sources=("shop",), pack_paths=(packs,))
    return SmallHome(settings, (load_pack(packs / "shop"),))


def _serve(library: str) -> None:
    faults = ctypes.CDLL(library)
    for line in sys.stdin:
        wanted = json.loads(line)
        small = home_at(Path(wanted["home"]))
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid == 0:
            _child(small, wanted, faults, theirs)
        os.close(theirs)
        print(pid, flush=True)
        with os.fdopen(ours, encoding="utf-8") as answers:
            answer = json.loads(answers.read() or '{"said": ""}')
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), **answer}), flush=True)


def _child(small: Any, wanted: dict[str, Any], faults: ctypes.CDLL, answer: int) -> None:
    """Land, and say how it went; never returns."""
    said, statuses, code = "", [], 0
    try:
        if wanted["step"]:
            _die_at(wanted["step"], wanted["at"])
        faults.fault_arm(wanted["at"], wanted["fault"], str(small.settings.state).encode())
        statuses = [told.status for told in small.land("crashed")]
    except BaseException as fault:
        said, code = f"{type(fault).__name__}: {fault}", 1
        code = 130 if isinstance(fault, KeyboardInterrupt) else 1
    faults.fault_arm(0, int(Fault.COUNT), b"/nowhere")
    told = {
        "said": said,
        "statuses": statuses,
        "writes": faults.fault_writes(),
        "syncs": faults.fault_syncs(),
    }
    os.write(answer, json.dumps(told).encode())
    os._exit(code)


def _die_at(step: str, after: int) -> None:
    """`module:Class.function` of the product kills its process as it is entered; `+`: as it ends.

    Of more than one call so many go well.
    """
    from importlib import import_module

    place, _, name = step.rstrip("+").partition(":")
    owner: Any = import_module(place)
    *outer, last = name.split(".")
    for one in outer:
        owner = getattr(owner, one)
    real = getattr(owner, last)

    calls = count()

    def dying(*given: Any, **named: Any) -> Any:
        if next(calls) < after:
            return real(*given, **named)
        if step.endswith("+"):
            real(*given, **named)
        return os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, last, dying)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    _serve(sys.argv[1])
