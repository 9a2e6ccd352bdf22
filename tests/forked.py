"""`cx` in a process of its own that has its libraries already: forked from a server that does nothing else.

A night spends ten seconds of processor time on importing Dagster, dbt's bindings and Great
Expectations, a small command one. Each command still is one process with the product's own `main`.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from subprocess import TimeoutExpired
from typing import NamedTuple

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
    import_module("cx_pipeline.cli.app").main()
