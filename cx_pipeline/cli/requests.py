"""The register of requests: how far each is, more time for one, and its end."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, say, table
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.settings import Settings, load_settings

Id = Annotated[str, typer.Argument(metavar="REQUEST", help="The id that the request was given.")]

commands = typer.Typer()


@commands.command()
def status(
    ctx: typer.Context,
    request: Annotated[str | None, typer.Argument(help="Only this request.")] = None,
    json_wanted: AsJson = False,
) -> None:
    """Every request with its day by law and its outcome; whom it is about is not shown."""
    from cx_pipeline.rights.register import Register

    register, now = Register(_settings(ctx).register_file), datetime.now(UTC)
    rows = [register.one(request)] if request else register.requests()
    told: list[dict[str, Any]] = [
        {
            "request": one.request,
            "right": one.right,
            "state": one.state(now),
            "received": f"{one.received_at:%Y-%m-%d}",
            "due": f"{one.due_at:%Y-%m-%d}",
            "closed": f"{one.closed_at:%Y-%m-%d}" if one.closed_at else None,
            "verified_by": one.verified_by,
            "outcome": one.outcome,
        }
        for one in rows
    ]
    if json_wanted:
        as_json(told)
    elif told:
        table("Requests", list(told[0]), [list(row.values()) for row in told])
    else:
        say("No request was received.")


@commands.command()
def close(
    ctx: typer.Context,
    request: Id,
    outcome: Annotated[str, typer.Option(help="What came of it; it names nobody.")],
    json_wanted: AsJson = False,
) -> None:
    """End a request that only a human can end: an answer was handed over, or refused by law."""
    from cx_pipeline.rights.closing import close as carry_out

    done = carry_out(_settings(ctx), request, outcome, actor_name())
    if json_wanted:
        as_json({"request": done.request, "outcome": done.outcome})
    else:
        say(f"Request {done.request} is closed: {done.outcome}")


@commands.command()
def extend(
    ctx: typer.Context,
    request: Id,
    reason: Annotated[str, typer.Option(help="Why it takes longer, as the person was told.")],
    json_wanted: AsJson = False,
) -> None:
    """Two months more for a complex request (GDPR, article 12(3)), once, before its day."""
    from cx_pipeline.rights.closing import extend as carry_out

    done = carry_out(_settings(ctx), request, reason, actor_name())
    if json_wanted:
        as_json({"request": done.request, "due": f"{done.due_at:%Y-%m-%d}"})
    else:
        say(f"Request {done.request} is due by {done.due_at:%Y-%m-%d}: tell the person before.")


def _settings(ctx: typer.Context) -> Settings:
    told: Told = ctx.obj
    return load_settings(told.home)
