"""Write extracts of a seeded world, with the truth that was planted in it."""

from pathlib import Path
from typing import Annotated

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, say


def sample(
    ctx: typer.Context,
    events: Annotated[int, typer.Option(min=1000, help="Web events over 90 days.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Equal seeds write equal files.")] = 1,
    nights: Annotated[
        int, typer.Option(min=1, max=90, help="Folders nights/<k>/ to drop in turn.")
    ] = 1,
    truth: Annotated[Path | None, typer.Option(help="Where to write the planted truth.")] = None,
    json_wanted: AsJson = False,
) -> None:
    """Write extracts of the four demo sources into landing."""
    from cx_pipeline.sample.write import write_sample

    told: Told = ctx.obj
    # With nights, the extracts stand in nights/<k>/<source>/ of the home, to be dropped in turn.
    report = write_sample(
        told.home / "landing" if nights == 1 else told.home,
        events=events,
        seed=seed,
        nights=nights,
        truth=truth,
    )
    if json_wanted:
        as_json({"files": report.files, "events": report.events, "persons": report.persons})
        return
    say(f"{report.files} files, {report.events:,} web events, {report.persons:,} persons.")
