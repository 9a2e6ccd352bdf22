"""Run a night, run days again, and the demo: a home of its own in under a minute."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from multiprocessing import get_context
from typing import Annotated

import typer
from rich.console import Console

from cx_pipeline.cli.home import init_home, sentences
from cx_pipeline.cli.show import AsJson, Told, as_json, note, say
from cx_pipeline.outcome import Night
from cx_pipeline.settings import (
    Settings,
    load_settings,
    prepare_dagster_home,
    prepare_environment,
)
from cx_pipeline.transform.project import warm_up

DEMO_EVENTS, DEMO_SEED = 200_000, 1

AsOf = Annotated[
    str | None,
    typer.Option(help="YYYY-MM-DD: what happened before its midnight; else today."),
]


def run(
    ctx: typer.Context,
    as_of: AsOf = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild every model from the raw tables.")
    ] = False,
    select: Annotated[
        list[str] | None, typer.Option(help="Assets to run, in Dagster's selection syntax.")
    ] = None,
    json_wanted: AsJson = False,
) -> None:
    """Land what was delivered, rebuild what it changed, judge it, publish it."""
    told: Told = ctx.obj
    settings = load_settings(told.home)
    _finish(
        settings,
        start(settings, as_of=_day(as_of), full_refresh=full_refresh, select=select or []),
        json_wanted,
    )


def backfill(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="FROM", help="YYYY-MM-DD, the first day.")],
    last: Annotated[str, typer.Argument(metavar="TO", help="YYYY-MM-DD, the last day.")],
    json_wanted: AsJson = False,
) -> None:
    """Compute the days FROM to TO again from the raw tables, and publish."""
    told: Told = ctx.obj
    settings = load_settings(told.home)
    days = (_day(first) or "", _day(last) or "")
    if days[0] > days[1]:
        raise typer.BadParameter(f"FROM {first} lies after TO {last}")
    _finish(settings, start(settings, as_of=None, backfill=days), json_wanted)


def demo(ctx: typer.Context, json_wanted: AsJson = False) -> None:
    """Four sources, 200,000 web events, 90 days: from files to published marts and a report."""
    from cx_pipeline.sample.write import LAST_DAY, write_sample

    told: Told = ctx.obj
    settings = init_home(told.home, None, None)
    prepare_environment(settings)
    # Written by a process of its own: meanwhile this one imports Dagster.
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        writing = other.submit(write_sample, settings.landing, events=DEMO_EVENTS, seed=DEMO_SEED)
        import cx_pipeline.definitions  # noqa: F401

        report = writing.result()
    note(f"{report.files} extracts of {report.persons:,} customers lie in {settings.landing}")
    night = start(settings, as_of=(LAST_DAY + timedelta(days=1)).isoformat())
    if not json_wanted and night.published:
        current = settings.published / "analysts" / "current"
        say(f"Report:  {current / 'report.html'}")
        say(f"Marts:   {current / 'cx_marts.duckdb'} and {current / 'parquet'}")
        say(f"Proof:   {current / 'manifest.json'}")
        say(f"Next:    cx --home {settings.home} status; make dev opens Dagster on this home")
    _finish(settings, night, json_wanted)


def _day(told: str | None) -> str | None:
    if told is None:
        return None
    try:
        return date.fromisoformat(told).isoformat()
    except ValueError as bad:
        raise typer.BadParameter(f"{told!r} is no date; write it as YYYY-MM-DD") from bad


def start(
    settings: Settings,
    *,
    as_of: str | None = None,
    full_refresh: bool = False,
    backfill: tuple[str, str] | None = None,
    select: Sequence[str] = (),
    job: str = "nightly",
    sources: Sequence[str] | None = None,
) -> Night:
    """Run a job and tell its steps; see run_night.

    Dagster is imported only here: `cx status` and its like answer at once.
    """
    prepare_environment(settings)
    prepare_dagster_home(settings)
    if job == "nightly":
        warm_up(settings)
    from cx_pipeline.definitions import defs
    from cx_pipeline.defs.start import run_night

    with _progress() as on_step:
        return run_night(
            defs,
            as_of=as_of,
            full_refresh=full_refresh,
            backfill=backfill,
            select=select,
            job=job,
            sources=sources,
            on_step=on_step,
        )


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A spinner that names the step on a terminal; one line a step elsewhere."""
    console = Console(stderr=True)
    began = time.monotonic()
    if not console.is_terminal:
        yield lambda step: note(f"{time.monotonic() - began:6.1f} s  {step}")
        return
    with console.status("starting") as status:

        def on_step(step: str) -> None:
            console.print(f"[green]{time.monotonic() - began:6.1f} s[/]  {step}")
            status.update(step)

        yield on_step


def _finish(settings: Settings, night: Night, json_wanted: bool) -> None:
    """Tell what the night did and leave with its exit code."""
    if json_wanted:
        as_json({**night.model_dump(mode="json"), "exit_code": night.exit_code})
    else:
        for sentence in sentences(night):
            note(sentence)
        if night.published:
            content = (night.content_hash or "")[:16]
            say(f"Published {night.published} as of {night.as_of}, content {content}.")
        else:
            say("Not published; the last good publish stays live.")
    raise typer.Exit(night.exit_code)
