"""`cx --home DIR COMMAND`: the command line; each group of commands stands in a file of its own."""

import os
import sys
import threading
from typing import Annotated, NoReturn

import typer

from cx_pipeline.backup.fault import BackupError, BackupRefused
from cx_pipeline.cli import (
    audit,
    backup,
    home,
    identity,
    keys,
    metric,
    night,
    pull,
    quarantine,
    sample,
    source,
    subject,
    tokens,
    train,
)
from cx_pipeline.cli.show import Told, fail, note
from cx_pipeline.contracts import ContractError
from cx_pipeline.explain.figure import MetricRefused
from cx_pipeline.outcome import CHECK_FAILED, LOCKED, USAGE
from cx_pipeline.privacy.audit import AuditFault
from cx_pipeline.privacy.keys import KeyFault
from cx_pipeline.privacy.reveal import RevealRefused
from cx_pipeline.privacy.safe_text import safe_error
from cx_pipeline.privacy.sealed_file import SealedFileDamaged
from cx_pipeline.profile.questions import UnknownAnswer
from cx_pipeline.rights.person import RightRefused
from cx_pipeline.settings import SettingsError, home_from
from cx_pipeline.short_lived import collect_seldom
from cx_pipeline.transform.dbt import TransformFailed
from cx_pipeline.warehouse import LockHeld, WarehouseError, WarehouseLocked

_BROKEN = (WarehouseError, TransformFailed, AuditFault, BackupError, SealedFileDamaged)

# What a user can mend: one sentence on stderr, and exit code 2.
_REFUSED = (
    SettingsError, ContractError, UnknownAnswer, KeyFault, RevealRefused, RightRefused,
    BackupRefused, MetricRefused,
)  # fmt: skip

app = typer.Typer(
    name="cx",
    help="Customer-experience extracts in; private, checked, explained marts out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def cx(
    ctx: typer.Context,
    home_folder: Annotated[
        str | None, typer.Option("--home", metavar="DIR", help="The home; else CX_HOME, ./var.")
    ] = None,
) -> None:
    """Customer-experience extracts in; private, checked, explained marts out."""
    ctx.obj = Told(home_from(home_folder))


app.command("init")(home.init)
app.command("status")(home.status)
app.command("sources")(home.sources)
app.command("profile")(source.profile)
app.add_typer(source.commands, name="source")
app.command("sample")(sample.sample)
app.command("demo")(night.demo)
app.command("pull")(pull.pull)
app.command("run")(night.run)
app.command("backfill")(night.backfill)
app.command("quarantine")(quarantine.quarantine)
app.command("replay")(quarantine.replay)
app.command("metric")(metric.metric)
app.command("catalogue")(metric.catalogue)
app.command("token")(tokens.token)
app.add_typer(identity.commands, name="identity")
app.add_typer(train.commands, name="train")
app.add_typer(subject.commands, name="subject")
app.add_typer(audit.commands, name="audit")
app.add_typer(keys.commands, name="keys")
app.add_typer(backup.commands, name="backup")
app.command("restore")(backup.restore)


def main() -> NoReturn:
    """Run a command and leave with its stable exit code.

    Every expected fault is one sentence on stderr. Tearing down Dagster module by module takes
    1.5 s: all files are closed by then, so the process ends at once.
    """
    code: int | str | None = 0
    collect_seldom()
    threading.excepthook = lambda died: note(f"cx: {safe_error(died.exc_value or SystemExit())}")
    try:
        _run()
    except SystemExit as leaving:
        code = leaving.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _run() -> None:
    try:
        app()
    except _REFUSED as wrong:
        fail(str(wrong), USAGE)
    except (LockHeld, WarehouseLocked) as held:
        fail(str(held), LOCKED)
    except _BROKEN as broken:
        fail(str(broken), CHECK_FAILED)
    except OSError as fault:
        where = f" {fault.filename}" if fault.filename else ""
        told = fault.strerror or type(fault).__name__
        fail(f"{told}:{where}; check the path and its permissions", USAGE)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as unexpected:  # no trace: its last line may quote a row
        fail(f"{safe_error(unexpected)}; this is a defect of cx, please report it", CHECK_FAILED)
