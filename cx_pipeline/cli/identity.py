"""Persons who may be one though they share no identifier: compare, review, decide."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, say, table
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.settings import load_settings
from cx_pipeline.warehouse import run_lock

commands = typer.Typer(help="Persons who share no identifier.", no_args_is_help=True)

Token = Annotated[str, typer.Argument(help="The one token, as the list tells it.")]
Other = Annotated[str, typer.Argument(help="The other token of the pair.")]


@commands.callback()
def identity() -> None:
    """Persons who share no identifier, and may be one."""


@commands.command()
def match(ctx: typer.Context, json_wanted: AsJson = False) -> None:
    """Compare names, e-mails, phones, addresses and birth dates of persons, by Splink.

    Sealed values are opened in memory, and that goes into the audit chain first. Tokens and scores
    are kept: likely pairs are joined by the next night, less likely ones wait for a review.
    """
    from cx_pipeline.landing.matches import match as carry_out

    told: Told = ctx.obj
    settings = load_settings(told.home)
    with run_lock(settings.lock_file, "cx identity match"):
        done = carry_out(settings, actor=actor_name(), now=datetime.now(UTC))
    if json_wanted:
        as_json(asdict(done))
        return
    say(
        f"{done.records} records of {done.persons} persons compared: {done.joined} pairs joined, "
        f"{done.to_review} to review."
    )
    say(f"Now build by it: cx --home {settings.home} run")


@commands.command()
def review(
    ctx: typer.Context,
    joined: Annotated[bool, typer.Option("--joined", help="Those joined by their score.")] = False,
    accepted: Annotated[bool, typer.Option("--accepted", help="Those that were accepted.")] = False,
    json_wanted: AsJson = False,
) -> None:
    """Pairs to decide on: tokens, score, and which fields agree; never a value."""
    from cx_pipeline.landing.matches import matches

    told: Told = ctx.obj
    state = "accepted" if accepted else "joined" if joined else "review"
    settings = load_settings(told.home)
    with run_lock(settings.lock_file, "cx identity review"):
        found = [asdict(one) for one in matches(settings, state)]
    if json_wanted:
        as_json(found)
        return
    names = ["token", "other_token", "score", "same_fields", "alike_fields"]
    table("Pairs of persons", names, [[one[name] for name in names] for one in found])


@commands.command()
def accept(ctx: typer.Context, token: Token, other_token: Other) -> None:
    """The two are one person: an edge joins them from the next night on."""
    _decide(ctx, (token, other_token), is_one=True)
    say("Accepted: the next night joins them.")


@commands.command()
def refuse(ctx: typer.Context, token: Token, other_token: Other) -> None:
    """The two are not one person: a line of identity_deny.csv keeps them apart."""
    _decide(ctx, (token, other_token), is_one=False)
    say("Refused: a line of identity_deny.csv keeps them apart from the next night on.")


def _decide(ctx: typer.Context, pair: tuple[str, str], *, is_one: bool) -> None:
    from cx_pipeline.landing.matches import decide

    told: Told = ctx.obj
    settings = load_settings(told.home)
    with run_lock(settings.lock_file, "cx identity accept" if is_one else "cx identity refuse"):
        decide(settings, pair, is_one=is_one, actor=actor_name(), now=datetime.now(UTC))
