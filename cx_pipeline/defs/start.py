"""Start a run of the same assets that the scheduler and the webserver start, in this process."""

import logging
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import dagster as dg

from cx_pipeline.defs.automation import run_config
from cx_pipeline.defs.resources import command_line, home, locked
from cx_pipeline.outcome import Night, noting, read_night

# How Dagster tells an error: its class before its sentence.
_CLASS = re.compile(r"^[\w.]+\.[A-Z]\w+: ")
# Dagster's own console log would put stack traces before the one sentence that helps.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_night(
    defs: dg.Definitions,
    *,
    as_of: str | None,
    full_refresh: bool = False,
    backfill: tuple[str, str] | None = None,
    select: Sequence[str] = (),
    job: str = "nightly",
    sources: Sequence[str] | None = None,
    on_step: Callable[[str], None] = lambda step: None,
) -> Night:
    """Run `nightly` or another job, or the selected assets of it, and return its record.

    `sources` names those whose files are landed, else all are. Raises LockHeld when another run is
    at work in this home.
    """
    settings = home().settings
    # Other libraries give the root logger a handler; Dagster's lines are in its storage.
    logging.getLogger("dagster.builtin").propagate = False
    run_id = str(uuid.uuid4())
    folder = settings.state / "runs"
    config = run_config(
        as_of,
        full_refresh=full_refresh or None,
        backfill_from=backfill and backfill[0],
        backfill_to=backfill and backfill[1],
        sources=sources and list(sources),
    )
    with locked(settings, command_line()), _following(folder, run_id, on_step):
        with noting(folder, run_id, datetime.now(UTC)):
            pass
        result = defs.resolve_job_def(job).execute_in_process(
            run_config={**config, **_QUIET},
            instance=dg.DagsterInstance.get(),
            asset_selection=_keys(defs, select) or None,
            raise_on_error=False,
            run_id=run_id,
        )
        with noting(folder, run_id, datetime.now(UTC)) as night:
            if not result.success and night.exit_code == 0:
                night.errors += _failures(result)
            night.seconds = (datetime.now(UTC) - night.started_at).total_seconds()
    return night


def _keys(defs: dg.Definitions, select: Sequence[str]) -> list[dg.AssetKey]:
    graph = defs.resolve_asset_graph()
    chosen: set[dg.AssetKey] = set()
    for expression in select:
        chosen |= dg.AssetSelection.from_string(expression).resolve(graph)
    return sorted(chosen, key=lambda key: key.to_user_string())


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    told = []
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause if error and error.cause else error
            sentence = _CLASS.sub("", cause.message.strip()) if cause else "failed"
            told.append(f"{event.step_key}: {sentence}")
    return told or ["the run failed before its first step"]


@contextmanager
def _following(folder: Path, run_id: str, on_step: Callable[[str], None]) -> Iterator[None]:
    """Tell each step as the run's record names it."""
    done = Event()

    def follow() -> None:
        seen, is_over = 0, False
        while not is_over:
            is_over = done.wait(0.1)  # what came last is told too
            night = read_night(folder, run_id)
            for step in night.steps[seen:] if night else ():
                on_step(step)
                seen += 1

    thread = Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
