"""Learn a model that the nights read: never within one."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, say
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.settings import SettingsError, load_settings
from cx_pipeline.warehouse import run_lock

commands = typer.Typer(help="Learn models that the nights read.", no_args_is_help=True)


@commands.callback()
def train() -> None:
    """Learn models that the nights read; a night itself learns nothing."""


@commands.command()
def reasons(
    ctx: typer.Context,
    labels: Annotated[
        Path | None, typer.Option(help="A CSV file with text,label: learnt from as well.")
    ] = None,
    json_wanted: AsJson = False,
) -> None:
    """Why customers call: from the subjects of contacts whose reason is given."""
    from cx_pipeline.landing.reasons import train as carry_out

    told: Told = ctx.obj
    settings = load_settings(told.home)
    if labels and not labels.is_file():
        raise SettingsError(f"the file {labels} does not exist; name one that does")
    with run_lock(settings.lock_file, "cx train reasons"):
        done = carry_out(settings, labels, actor=actor_name())
    if json_wanted:
        as_json(asdict(done))
        return
    say(
        f"Model {done.version}: {len(done.reasons)} reasons told by {done.terms} words and pairs, "
        f"learnt from {done.texts} texts."
    )
    if done.held_out:
        say(
            f"Of {done.held_out.texts} texts held out {done.held_out.accuracy:.1%} are right, "
            f"macro-F1 {done.held_out.macro_f1:.3f}."
        )
    say(f"Now build by it: cx --home {settings.home} run")


@commands.command()
def topics(
    ctx: typer.Context,
    number: Annotated[
        int | None, typer.Option("--topics", min=2, help="How many; else as many as hold.")
    ] = None,
    json_wanted: AsJson = False,
) -> None:
    """What texts are about: found in the words of answers, posts and subjects."""
    from cx_pipeline.landing.topics import train as carry_out

    told: Told = ctx.obj
    settings = load_settings(told.home)
    with run_lock(settings.lock_file, "cx train topics"):
        done = carry_out(settings, number, actor=actor_name())
    if json_wanted:
        as_json(asdict(done))
        return
    say(
        f"Model {done.version}: {len(done.topics)} topics told by {done.terms} words, learnt from "
        f"{done.texts} texts; draws of them are {done.stability:.0%} alike."
    )
    for topic in done.topics:
        say(f"{topic.topic:3} {topic.name}: {topic.texts} texts")
        for text in topic.examples:
            say(f"      {text}")
    say(f"Now build by it: cx --home {settings.home} run")
