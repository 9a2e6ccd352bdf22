"""From a known value to its token: the only way in, and every use of it is written down."""

from typing import Annotated

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, say
from cx_pipeline.outcome import USAGE
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.normalise import KINDS
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.settings import load_settings


def token(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(help="email, phone, account, device, ...")],
    value: Annotated[str, typer.Argument(help="The value as it is known.")],
    json_wanted: AsJson = False,
) -> None:
    """The token of a known value, to find its rows in the warehouse; a publish has its own."""
    told: Told = ctx.obj
    settings = load_settings(told.home)
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is no kind; kinds: {', '.join(sorted(KINDS))}")
    made = Tokenizer(Keys.load(settings)).tokens(kind, [value])[0]
    if made is None:
        typer.echo(f"cx: that is no {kind} that can be normalised", err=True)
        raise typer.Exit(USAGE)
    Audit(settings.audit_file).append(actor_name(), "token", {"token": made})
    if json_wanted:
        as_json({"kind": kind, "token": made})
    else:
        say(made)
