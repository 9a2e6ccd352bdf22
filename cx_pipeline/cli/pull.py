"""Pull what is new at the sources, into landing: the first step of a night, by itself."""

from dataclasses import asdict
from typing import Annotated

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, note, table
from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.outcome import CHECK_FAILED, OK
from cx_pipeline.settings import SettingsError, load_settings


def pull(
    ctx: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Else every one of cx.toml.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Forget what was pulled before, and pull all of it.")
    ] = False,
    json_wanted: AsJson = False,
) -> None:
    """Pull what is new at the sources of [pull.<source>] in cx.toml into landing."""
    from cx_pipeline.pull.run import pull_source
    from cx_pipeline.warehouse import run_lock

    told: Told = ctx.obj
    settings = load_settings(told.home)
    chosen = sources or list(settings.pull)
    if unknown := [name for name in chosen if name not in settings.pull]:
        raise SettingsError(
            f"{unknown[0]!r} is not pulled: cx.toml has no [pull.{unknown[0]}]; see docs/pulls.md"
        )
    if not chosen:
        raise SettingsError("cx.toml has no [pull.<source>]; see docs/pulls.md")
    known = find_packs(settings.pack_roots)
    if missing := [name for name in chosen if name not in known]:
        raise SettingsError(f"there is no pack for the source {missing[0]!r}")
    with run_lock(settings.lock_file):
        pulled = [pull_source(settings, load_pack(known[name]), again=again) for name in chosen]
    failed = [sentence for one in pulled for sentence in one.faults]
    code = CHECK_FAILED if failed else OK
    if json_wanted:
        as_json({"sources": [asdict(one) for one in pulled], "exit_code": code})
    else:
        for sentence in failed:
            note(sentence)
        rows = [[one.source, len(one.files), one.bytes, len(one.faults)] for one in pulled]
        table("Pulled", ["source", "new files", "bytes", "tables that failed"], rows)
    raise typer.Exit(code)
