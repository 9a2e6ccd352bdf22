"""What a person may ask of us beside erasure: answers, corrections, restrictions."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, say
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.settings import Settings, load_settings
from cx_pipeline.warehouse import run_lock

Emails = Annotated[list[str] | None, typer.Option("--email", help="An e-mail of theirs.")]
Phones = Annotated[list[str] | None, typer.Option("--phone", help="A phone of theirs.")]
Accounts = Annotated[
    list[str] | None, typer.Option("--account", help="An account, login or customer number.")
]
Devices = Annotated[list[str] | None, typer.Option("--device", help="A cookie or device id.")]
Tokens = Annotated[list[str] | None, typer.Option("--token", help="A token from the warehouse.")]
Verified = Annotated[str, typer.Option(help="How the requester proved who they are.")]
Namesakes = Annotated[
    bool, typer.Option("--with-namesakes", help="All customers who share it are the requester.")
]
Received = Annotated[
    str | None, typer.Option(metavar="DAY", help="YYYY-MM-DD, when it was received; else today.")
]
Out = Annotated[Path, typer.Option(help="A new folder for the answer, readable by you only.")]
Approver = Annotated[
    str | None, typer.Option(help="User name of who approves; with second_approver, only they.")
]
Lift = Annotated[bool, typer.Option("--lift", help="End it: the person asked for that.")]

commands = typer.Typer()


@commands.command()
def access(
    ctx: typer.Context,
    verified_by: Verified,
    out: Out,
    email: Emails = None,
    phone: Phones = None,
    account: Accounts = None,
    device: Devices = None,
    token: Tokens = None,
    with_namesakes: Namesakes = False,
    received: Received = None,
    approver: Approver = None,
    json_wanted: AsJson = False,
) -> None:
    """Everything held of a person, as access.json and a readable page; nothing of others.

    The values are opened; that goes into the audit chain first. Hand the folder over, then close
    the request: cx subject close
    """
    from cx_pipeline.rights.access import access as carry_out

    settings = _settings(ctx)
    asked = _asked((email, phone, account, device, token), verified_by, received, with_namesakes)
    with run_lock(settings.lock_file, "cx subject access"):
        done = carry_out(settings, asked, out.resolve(), approver=approver)
    _answered(done, json_wanted)


@commands.command()
def export(
    ctx: typer.Context,
    verified_by: Verified,
    out: Out,
    email: Emails = None,
    phone: Phones = None,
    account: Accounts = None,
    device: Devices = None,
    token: Tokens = None,
    with_namesakes: Namesakes = False,
    received: Received = None,
    approver: Approver = None,
    json_wanted: AsJson = False,
) -> None:
    """What a person provided or what was observed of them, as CSV and JSON with a schema."""
    from cx_pipeline.rights.export import export as carry_out

    settings = _settings(ctx)
    asked = _asked((email, phone, account, device, token), verified_by, received, with_namesakes)
    with run_lock(settings.lock_file, "cx subject export"):
        done = carry_out(settings, asked, out.resolve(), approver=approver)
    _answered(done, json_wanted)


@commands.command()
def rectify(
    ctx: typer.Context,
    verified_by: Verified,
    column: Annotated[str, typer.Option(metavar="SOURCE.TABLE.COLUMN", help="Where it is wrong.")],
    value: Annotated[str, typer.Option(help="What is right.")],
    was: Annotated[str | None, typer.Option(help="What is wrong, where several stand.")] = None,
    email: Emails = None,
    phone: Phones = None,
    account: Accounts = None,
    device: Devices = None,
    token: Tokens = None,
    with_namesakes: Namesakes = False,
    received: Received = None,
    json_wanted: AsJson = False,
) -> None:
    """Correct a value in a person's rows, now and whenever the wrong one is delivered again."""
    from cx_pipeline.rights.rectify import rectify as carry_out

    settings = _settings(ctx)
    asked = _asked((email, phone, account, device, token), verified_by, received, with_namesakes)
    with run_lock(settings.lock_file, "cx subject rectify"):
        done = carry_out(settings, asked, column, value, was=was)
    if json_wanted:
        as_json(asdict(done))
        return
    say(f"Request {done.request}: {done.outcome}; {done.rows} stored rows changed.")
    if done.rows:
        _run_next(settings)


@commands.command()
def restrict(
    ctx: typer.Context,
    verified_by: Verified,
    email: Emails = None,
    phone: Phones = None,
    account: Accounts = None,
    device: Devices = None,
    token: Tokens = None,
    with_namesakes: Namesakes = False,
    received: Received = None,
    lift: Lift = False,
    json_wanted: AsJson = False,
) -> None:
    """Keep a person's rows and use them for nothing: they are in no mart until --lift."""
    from cx_pipeline.rights import restrict as right

    settings = _settings(ctx)
    asked = _asked((email, phone, account, device, token), verified_by, received, with_namesakes)
    with run_lock(settings.lock_file, "cx subject restrict"):
        if lift:
            done = right.lift(settings, "restrict", asked)
        else:
            done = [right.restrict(settings, asked)]
    _restricted(settings, done, json_wanted)


@commands.command("object")
def object_to(
    ctx: typer.Context,
    verified_by: Verified,
    purpose: Annotated[
        list[str] | None, typer.Option(help="What they object to; else all of marketing.")
    ] = None,
    email: Emails = None,
    phone: Phones = None,
    account: Accounts = None,
    device: Devices = None,
    token: Tokens = None,
    with_namesakes: Namesakes = False,
    received: Received = None,
    lift: Lift = False,
    json_wanted: AsJson = False,
) -> None:
    """The person objects to marketing, or to the purposes named."""
    from cx_pipeline.rights import restrict as right

    settings = _settings(ctx)
    asked = _asked((email, phone, account, device, token), verified_by, received, with_namesakes)
    with run_lock(settings.lock_file, "cx subject object"):
        if lift:
            done = right.lift(settings, "object", asked)
        else:
            done = [right.refuse(settings, asked, purpose or right.MARKETING)]
    _restricted(settings, done, json_wanted)


@commands.command("opt-out-of-sale")
def opt_out_of_sale(
    ctx: typer.Context,
    verified_by: Verified,
    email: Emails = None,
    phone: Phones = None,
    account: Accounts = None,
    device: Devices = None,
    token: Tokens = None,
    with_namesakes: Namesakes = False,
    received: Received = None,
    lift: Lift = False,
    json_wanted: AsJson = False,
) -> None:
    """The person opts out of having their data sold or shared (CCPA)."""
    from cx_pipeline.rights import restrict as right

    settings = _settings(ctx)
    asked = _asked((email, phone, account, device, token), verified_by, received, with_namesakes)
    with run_lock(settings.lock_file, "cx subject opt-out-of-sale"):
        if lift:
            done = right.lift(settings, "opt-out-of-sale", asked)
        else:
            done = [right.opt_out_of_sale(settings, asked)]
    _restricted(settings, done, json_wanted)


def _settings(ctx: typer.Context) -> Settings:
    told: Told = ctx.obj
    return load_settings(told.home)


def identifiers(told: Iterable[list[str] | None]) -> list[tuple[str, str]]:
    """(kind, value) of what was said of the person: e-mails, phones, accounts, devices, tokens."""
    kinds = ("email", "phone", "account", "device", "token")
    return [(kind, one) for kind, values in zip(kinds, told, strict=True) for one in values or ()]


def _asked(
    told: Iterable[list[str] | None], verified_by: str, received: str | None, with_namesakes: bool
) -> Any:
    from cx_pipeline.rights.request import Asked

    try:
        day = datetime.fromisoformat(received).replace(tzinfo=UTC) if received else None
    except ValueError as bad:
        raise typer.BadParameter(f"{received!r} is no date; write it as YYYY-MM-DD") from bad
    return Asked(identifiers(told), actor_name(), verified_by, day, with_namesakes)


def _answered(done: Any, json_wanted: bool) -> None:
    if json_wanted:
        as_json(asdict(done))
        return
    say(f"Request {done.request}: {done.outcome}.")
    if done.folder:
        say(f"{done.rows} rows, {done.opened} values opened: {done.folder}")


def _restricted(settings: Settings, done: list[Any], json_wanted: bool) -> None:
    if json_wanted:
        as_json([asdict(one) for one in done])
        return
    for one in done:
        say(f"Request {one.request}: {one.outcome}.")
        for shared in one.shared:
            say(f"{shared} is not held back: somebody else holds it too.")
    _run_next(settings)


def _run_next(settings: Settings) -> None:
    say(f"Now build and publish by it: cx --home {settings.home} run")
