"""Look at the audit chain, and prove that it is whole."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, fail, say, table
from cx_pipeline.outcome import CHECK_FAILED
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.settings import load_settings

commands = typer.Typer(help="Who did what: the audit chain.", no_args_is_help=True)


@commands.command()
def verify(ctx: typer.Context, json_wanted: AsJson = False) -> None:
    """Whether no line was changed, removed, reordered or cut; names the first, and exits with 1."""
    told: Told = ctx.obj
    audit = Audit(load_settings(told.home).audit_file)
    broken = audit.broken()
    if json_wanted:
        as_json({"acts": len(audit.acts()), "broken": asdict(broken) if broken else None})
    if broken:
        fail(f"{broken}; compare it with the copy in a backup", CHECK_FAILED)
    if not json_wanted:
        say(f"The audit chain holds: {len(audit.acts())} acts.")


@commands.command()
def show(
    ctx: typer.Context,
    last: Annotated[int, typer.Option(min=1, help="How many acts, the newest last.")] = 20,
    json_wanted: AsJson = False,
) -> None:
    """The last acts: when, who, what."""
    told: Told = ctx.obj
    acts = Audit(load_settings(told.home).audit_file).acts()[-last:]
    if json_wanted:
        as_json([{**asdict(act), "at": act.at.isoformat()} for act in acts])
        return
    rows = [
        [act.line, act.at.isoformat(), act.actor, act.action, _told(act.detail)] for act in acts
    ]
    table("Audit", ["line", "at", "actor", "action", "detail"], rows)


def _told(detail: Mapping[str, str]) -> str:
    """What a person reads of an act; the digests of settings only tell runs what was changed."""
    return json.dumps({key: told for key, told in detail.items() if key != "digests"})
