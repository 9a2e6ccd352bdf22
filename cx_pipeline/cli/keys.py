"""The key that makes tokens: a new version of it."""

from dataclasses import asdict

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, say
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.keys import Keys, add_version
from cx_pipeline.settings import load_settings
from cx_pipeline.warehouse import run_lock

commands = typer.Typer(help="The key that makes tokens.", no_args_is_help=True)


@commands.callback()
def keys() -> None:
    """The key that makes tokens."""


@commands.command()
def rotate(ctx: typer.Context, json_wanted: AsJson = False) -> None:
    """Make every token anew with a new version of the key.

    A key file of the home's own gets its new line here; a key from elsewhere has to have it. The
    marts are built anew by the next: cx run
    """
    from cx_pipeline.landing.rotate import rotate as carry_out
    from cx_pipeline.landing.rotate import stored_version

    told: Told = ctx.obj
    settings = load_settings(told.home)
    with run_lock(settings.lock_file, "cx keys rotate"):
        given = Keys.load(settings)
        if stored_version(settings, given) == given.current:
            given = add_version(settings, given)
        done = carry_out(settings, given)
    Audit(settings.audit_file).append(
        actor_name(), "rotate keys", {"old": str(done.old), "new": str(done.new)}
    )
    if json_wanted:
        as_json(asdict(done))
        return
    say(f"{done.tokens} tokens of key version {done.old} were made anew with version {done.new}.")
    say(f"Backups need version {done.old} to be restored: keep it apart, or let them age out.")
    say(f"Now build and publish: cx --home {settings.home} run")
