"""What is held of one person: here, one sealed value, for a purpose, in the sight of others."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from cx_pipeline.cli import requests, rights
from cx_pipeline.cli.rights import (
    Accounts,
    Devices,
    Emails,
    Namesakes,
    Phones,
    Tokens,
    Verified,
    identifiers,
)
from cx_pipeline.cli.show import AsJson, Told, as_json, say
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.privacy.reveal import Reveals
from cx_pipeline.settings import load_settings
from cx_pipeline.warehouse import run_lock

commands = typer.Typer(help="What is held of one person.", no_args_is_help=True)
commands.add_typer(rights.commands)
commands.add_typer(requests.commands)


@commands.callback()
def subject() -> None:
    """What is held of one person."""


@commands.command()
def reveal(
    ctx: typer.Context,
    token: Annotated[str, typer.Argument(help="The token whose value is needed.")],
    purpose: Annotated[str, typer.Option(help="What the value is needed for; it is kept.")],
    approver: Annotated[
        str | None, typer.Option(help="User name of who approves; with second_approver, only they.")
    ] = None,
    json_wanted: AsJson = False,
) -> None:
    """Open one sealed value; who, what for and by whose approval goes into the audit chain first.

    Where cx.toml asks for a second approver, this first writes a request and exits with 2.
    """
    told: Told = ctx.obj
    desk = Reveals(load_settings(told.home), datetime.now(UTC))
    shown = desk.reveal(actor_name(), token, purpose, approver)
    if json_wanted:
        as_json(asdict(shown))
    else:
        sys.stdout.write(f"{shown.value}\n")  # as it is: rich would draw what looks like :smile:


@commands.command()
def approve(
    ctx: typer.Context,
    request: Annotated[int, typer.Argument(help="The number that cx subject reveal told.")],
    json_wanted: AsJson = False,
) -> None:
    """Approve another person's request to reveal a value; once, and for a time."""
    told: Told = ctx.obj
    done = Reveals(load_settings(told.home), datetime.now(UTC)).approve(actor_name(), request)
    if json_wanted:
        as_json(asdict(done))
    else:
        say(f"Approved: {done.actor} may reveal {done.token} once, for: {done.purpose}")


@commands.command()
def erase(
    ctx: typer.Context,
    verified_by: Verified,
    email: Emails = None,
    phone: Phones = None,
    account: Accounts = None,
    device: Devices = None,
    token: Tokens = None,
    with_namesakes: Namesakes = False,
    json_wanted: AsJson = False,
) -> None:
    """Erase a person from everything that is kept, and keep them out of what will come.

    The marts are built anew, and the publish that is live is replaced, by the next: cx run
    """
    from cx_pipeline.rights.erase import erase as carry_out

    told: Told = ctx.obj
    settings = load_settings(told.home)
    given = identifiers((email, phone, account, device, token))
    with run_lock(settings.lock_file, "cx subject erase"):
        done = carry_out(
            settings,
            given,
            actor=actor_name(),
            verified_by=verified_by,
            with_namesakes=with_namesakes,
        )
    if json_wanted:
        as_json({**asdict(done), "outcome": done.outcome})
        return
    say(f"Request {done.request}: {done.outcome}.")
    for shared in done.shared:
        say(f"{shared} stays: somebody else holds it too.")
    say(f"Now build and publish without them: cx --home {settings.home} run")
