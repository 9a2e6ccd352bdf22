"""dbt in a process of its own: in one process its Python and Dagster's take turns on one core.

The process is told one command as a line of JSON, tells events as they happen, and ends. It can
be started before it is needed: importing dbt takes 2.5 s. When its caller dies, it dies.
"""

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, TextIO

from cx_pipeline.privacy.safe_text import safe_error, safe_text
from cx_pipeline.short_lived import collect_seldom
from cx_pipeline.transform.lighter import lighten

_QUIET = ["--log-level", "none", "--log-level-file", "none", "--no-print", "--no-use-colors"]
PARSED = "partial_parse.msgpack"
_CHOSEN = "__chosen__"  # no pack tags its models so
_ready: dict[Path, subprocess.Popen[str]] = {}


class TransformFailed(Exception):
    """dbt could not do what it was asked; the message says which node and why."""


def warm_up(target: Path, where: Sequence[str] = ()) -> None:
    """Start the process that will take the next command for this target folder.

    With the options that say where the project is, it loads the project before it is asked to.
    """
    if target not in _ready:
        _ready[target] = subprocess.Popen(
            [sys.executable, "-m", "cx_pipeline.transform.dbt", str(target), *where],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def run(
    target: Path,
    args: Sequence[str],
    variables: Mapping[str, Any],
    *,
    manifest: bool = True,
    only: Collection[str] | None = None,
    events: Collection[str] = (),
) -> Iterator[dict[str, Any]]:
    """Run one dbt command; gives the events of the named kinds as they happen.

    With `manifest` dbt works on what it parsed last, which the caller has compared, and of that on
    the nodes whose names are in `only`, if given. Raises TransformFailed at the end when any node
    failed; the warehouse is free again by then.
    """
    warm_up(target)
    process = _ready.pop(target)
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    Thread(target=_drain, args=(process, told), name="dbt", daemon=True).start()
    command = [*_QUIET, *args, "--vars", json.dumps(dict(variables))]
    chosen = None if only is None else sorted(only)
    wanted = {"args": command, "manifest": manifest, "only": chosen, "events": sorted(events)}
    try:
        with contextlib.suppress(BrokenPipeError):  # what it died of is told below
            print(json.dumps(wanted), file=process.stdin, flush=True)
        while line := told.get():
            message = json.loads(line)
            if "event" in message:
                yield message["event"]
                continue
            process.wait()
            if message["error"]:
                raise TransformFailed(message["error"])
            return
        raise TransformFailed(f"dbt ended before its time (exit code {process.wait()})")
    except BaseException:
        process.kill()
        process.wait()
        raise


def _drain(process: subprocess.Popen[str], told: queue.SimpleQueue[str]) -> None:
    """dbt never waits for its reader; an empty line is the end."""
    for line in process.stdout or ():
        told.put(line)
    told.put("")


# ---- the other process -------------------------------------------------------------------


def _main(target: Path, where: Sequence[str]) -> None:
    collect_seldom()
    told = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints must not stand among the messages
    import dbt.adapters.duckdb  # noqa: F401  # dbt itself imports it only when it is told
    from dbt.cli.main import dbtRunner

    parsed = _Parsed(target)
    # What is being written at this moment is read when it is asked for.
    with contextlib.suppress(Exception):
        manifest = parsed.manifest()
        if where:  # dbt writes code for its own settings when it first reads them: 1 s a process
            listing = [*_QUIET, "ls", "--select", "none", *where, "--no-write-json"]
            dbtRunner(manifest=manifest).invoke(listing)
    line = sys.stdin.readline()
    if not line:
        return
    Thread(target=_die_with_caller, daemon=True).start()
    wanted = json.loads(line)
    lighten(wanted["events"])
    errors: list[str] = []

    def listen(event: Any) -> None:
        from dbt_common.events.functions import msg_to_dict

        if event.info.level == "error":
            errors.append(safe_text(event.info.msg))
        if event.info.name in wanted["events"]:
            _tell(told, {"event": msg_to_dict(event)})

    try:
        manifest = parsed.manifest() if wanted["manifest"] else None
        args = wanted["args"]
        if wanted["only"] is not None:
            args += _selecting(manifest, frozenset(wanted["only"]))
        result = dbtRunner(manifest=manifest, callbacks=[listen]).invoke(args)
        error = "" if result.success else "\n".join(errors) or _of(result.exception)
    except BaseException as failed:  # told to the caller, which raises it
        error = safe_error(failed)
    finally:
        _let_go()
    _tell(told, {"error": error})
    atexit._run_exitfuncs()
    os._exit(0)  # to take dbt's objects apart would take 0.8 s


def _selecting(manifest: Any, names: Collection[str]) -> list[str]:
    """Options that select these nodes: named one by one, dbt compares each with all (1.5 s)."""
    for node in manifest.nodes.values():
        if node.name in names:
            node.tags = [*node.tags, _CHOSEN]
    return ["--select", f"tag:{_CHOSEN}"]


def _of(fault: BaseException | None) -> str:
    return safe_error(fault) if fault else "dbt failed and does not say why"


def _tell(told: TextIO, message: Mapping[str, Any]) -> None:
    told.write(json.dumps(message, default=str) + "\n")


def _die_with_caller() -> None:
    sys.stdin.read()
    os._exit(1)


class _Parsed:
    """What dbt parsed, as it keeps it for itself: read before it is asked for, and again if new."""

    def __init__(self, target: Path) -> None:
        self._path = target / PARSED
        self._told = b""
        self._manifest: Any = None

    def manifest(self) -> Any:
        from dbt.contracts.graph.manifest import Manifest
        from dbt.parser.manifest import extended_mashumuro_decoder

        told = self._path.read_bytes()
        if told != self._told:
            self._manifest = Manifest.from_msgpack(told, decoder=extended_mashumuro_decoder)
            self._manifest.build_flat_graph()
            self._told = told
        return self._manifest


def _let_go() -> None:
    """Close dbt-duckdb's connection: it keeps the file locked after a run (keep_open)."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    # Nothing was opened yet when dbt failed before its first query: env() then has no environment.
    with contextlib.suppress(Exception):
        DuckDBConnectionManager.env().close()  # type: ignore[no-untyped-call]
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])
