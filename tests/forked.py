"""`cx` in a process of its own that has its libraries already: forked from a server that does nothing else.

A night spends twelve seconds of processor time on importing Dagster, dbt and Great Expectations, a
small command one. Each command still is one process with the product's own `main`, and so is what
it starts: dbt, and what draws the report.
"""

import inspect
import multiprocessing
import multiprocessing.util
import os
import runpy
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any, NamedTuple, NoReturn

# Their import is all the server does; where it fails, each command imports for itself.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.preloaded"])


class Done(NamedTuple):
    """What a command said and how it left."""

    code: int
    out: str
    err: str


def cx(args: Sequence[str], cwd: Path, timeout: float) -> Done:
    """Run `cx` with these arguments, in this process's environment. Raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = _FORKS.Process(
            target=_main, args=(list(args), dict(os.environ), str(cwd), str(out), str(err))
        )
        process.start()
        process.join(timeout)
        if process.is_alive():
            process.kill()
            process.join()
            raise TimeoutExpired(["cx", *args], timeout)
        told = [path.read_text() if path.exists() else "" for path in (out, err)]
        return Done(process.exitcode or 0, *told)


def _main(args: list[str], environment: Mapping[str, str], cwd: str, out: str, err: str) -> None:
    for place, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), place)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(place, mode, encoding="utf-8", closefd=False)
        for place, mode in enumerate(("r", "w", "w"))
    )
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = ["cx", *args]
    subprocess.Popen = _Started  # type: ignore[misc]
    import_module("cx_pipeline.cli.app").main()


class _Started(subprocess.Popen[Any]):
    """A child; where it is `python -m` of a module of ours, by a fork that has its libraries."""

    def _execute_child(self, *how: Any) -> None:
        """As the standard library's own; of `how`, the arguments and the ends of two pipes."""
        told = inspect.signature(super()._execute_child).bind(*how).arguments  # type: ignore[misc]
        is_ours = list(told["args"][:2]) == [sys.executable, "-m"]
        ends, ours = (told["p2cread"], told["c2pwrite"]), (told["p2cwrite"], told["c2pread"])
        # What another thread holds at the moment of a fork, it holds for ever.
        if not is_ours or -1 in ends or threading.active_count() > 1:
            super()._execute_child(*how)  # type: ignore[misc]
            return
        self.pid = os.fork()
        if not self.pid:
            for end in ours:
                os.close(end)
            _become(told["args"][2:], *ends)
        self._child_created = True
        for end in ends:
            os.close(end)


def _become(args: Sequence[str], stdin: int, stdout: int) -> NoReturn:
    """Be what `python -m` with these arguments is, on these ends of pipes."""
    code = 1
    try:
        for end, place in ((stdin, 0), (stdout, 1)):
            os.dup2(end, place)
            os.close(end)
        sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
        sys.argv = list(args)
        warnings.simplefilter("ignore", RuntimeWarning)  # that the module is imported already
        runpy.run_module(args[0], run_name="__main__", alter_sys=True)
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        multiprocessing.util._run_finalizers()  # what dbt locks with is taken from the system
        os._exit(code)
