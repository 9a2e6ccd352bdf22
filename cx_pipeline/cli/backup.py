"""Backups: take one, prove one, and make a home of one."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cx_pipeline.backup.fault import BackupRefused
from cx_pipeline.backup.restore import restore as restored
from cx_pipeline.backup.take import take as taken
from cx_pipeline.backup.verify import verify as proved
from cx_pipeline.cli.show import AsJson, Told, as_json, say
from cx_pipeline.rights.erase import replay_restored
from cx_pipeline.settings import Settings, load_settings
from cx_pipeline.warehouse import run_lock


class _TakesByDefault(TyperGroup):
    """`cx backup DIR` is `cx backup take DIR`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, "--help"}:
            args = ["take", *args]
        return super().parse_args(ctx, args)


commands = typer.Typer(
    help="Take an encrypted backup into DIR (or [backup] folder); verify proves one.",
    cls=_TakesByDefault,
)


@commands.command()
def take(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Where to; else [backup] folder.")
    ] = None,
    json_wanted: AsJson = False,
) -> None:
    """Write an encrypted backup, read back before it bears its name; without keys and landing/."""
    told: Told = ctx.obj
    settings = load_settings(told.home)
    with run_lock(settings.lock_file):
        done = taken(settings, _folder(settings, folder))
    if json_wanted:
        as_json({**asdict(done), "made_at": done.made_at.isoformat()})
        return
    mib = done.bytes / 2**20
    say(f"Backup: {done.path} ({done.members} files, {mib:.1f} MiB), read back whole.")
    if done.tombstones:
        say(f"Tombstones: {done.tombstones}")
    say("The keys are not in it: keep them elsewhere, without them nothing can be restored.")


@commands.command()
def verify(
    ctx: typer.Context,
    place: Annotated[
        Path | None,
        typer.Argument(metavar="FILE|DIR", help="Which; else the newest in [backup] folder."),
    ] = None,
    json_wanted: AsJson = False,
) -> None:
    """Restore a backup aside and compare it: marts, vault, audit chain. Nothing is changed."""
    told: Told = ctx.obj
    settings = load_settings(told.home)
    proof = proved(settings, _folder(settings, place))
    if json_wanted:
        as_json({**asdict(proof), "made_at": proof.made_at.isoformat()})
        return
    say(
        f"{proof.backup} restores: {proof.members} files, marts {proof.content_hash[:16]}, "
        f"{proof.acts} acts, in {proof.recovery_seconds} s."
    )
    since = "unknown" if proof.rows_since is None else f"{proof.rows_since} rows"
    say(f"It would lose {proof.loss_seconds / 3600:.1f} hours: {since} landed since.")


def restore(
    ctx: typer.Context,
    place: Annotated[
        Path, typer.Argument(metavar="DIR|FILE", help="A backup, or a folder: its newest.")
    ],
    home: Annotated[
        Path | None, typer.Option("--home", metavar="NEW", help="The home to make; else cx --home.")
    ] = None,
    tombstones: Annotated[
        Path | None, typer.Option(help="Tombstones newer than those beside the backup.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="The key; else CX_KEY_FILE or CX_KEY.")
    ] = None,
    tombstone_key: Annotated[
        Path | None, typer.Option(help="The key that recognises who was erased, if any was.")
    ] = None,
    json_wanted: AsJson = False,
) -> None:
    """Make a new home of a backup, without those who were erased since it was taken."""
    told: Told = ctx.obj
    new = home.expanduser().resolve() if home else told.home
    done = restored(
        place, new, tombstones=tombstones, key_file=key_file, tombstone_key=tombstone_key
    )
    settings = load_settings(done.home)
    with run_lock(settings.lock_file):
        again = replay_restored(settings)
    result: Mapping[str, Any] = {
        "home": done.home,
        "backup": done.backup,
        "made_at": done.made_at.isoformat(),
        "tombstones_at": done.tombstones_at.isoformat() if done.tombstones_at else None,
        "content_hash": done.index["content_hash"],
        "erased_again": again.rows if again else 0,
    }
    if json_wanted:
        as_json(result)
        return
    say(f"Home {done.home} is as it was at {done.made_at:%Y-%m-%d %H:%M:%S} UTC.")
    if again and again.rows:
        say(f"Who was erased since is erased again: {again.rows} rows.")
    if not settings.key_sources and not settings.token_key_file.exists():
        say(f"Put the key back: {settings.token_key_file}, or CX_KEY_FILE.")
    say(f"Deliver again what came since, then: cx --home {done.home} run")


def _folder(settings: Settings, named: Path | None) -> Path:
    folder = named or settings.backup_folder
    if folder is None:
        raise BackupRefused("name a folder, or set [backup] folder in cx.toml")
    return folder.expanduser().resolve()
