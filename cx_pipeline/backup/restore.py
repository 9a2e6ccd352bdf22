"""A home from a backup: built aside, proved, renamed; who was erased since stays erased."""

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cx_pipeline.backup import shelf
from cx_pipeline.backup.fault import BackupError, BackupRefused, told_when_unwritable
from cx_pipeline.backup.package import read_through
from cx_pipeline.backup.shelf import Kept
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.settings import Settings, load_settings

MARKER = "restored.json"


@dataclass(frozen=True)
class Restored:
    """A home as it was at `made_at`; `tombstones_at` is of those that were laid upon it."""

    home: Path
    backup: Path
    made_at: datetime
    tombstones_at: datetime | None
    index: dict[str, Any]


def restore(
    place: Path,
    home: Path,
    *,
    tombstones: Path | None = None,
    key_file: Path | None = None,
    tombstone_key: Path | None = None,
) -> Restored:
    """Make `home` of the backup `place` (a file, or the newest of a folder).

    The newest tombstones beside it, or those named, come with it. Raises BackupRefused,
    BackupError, SealedFileDamaged, KeyFault: then `home` is as it was.
    """
    kept = shelf.chosen(place)
    laid = _newest_tombstones(kept, tombstones)
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BackupRefused(f"{home} is not empty: nothing was restored; name a new folder")
    asked = Settings(home=home, key_file=key_file)
    keys = Keys.load(asked)
    aside = home.with_name(f".{home.name}.restoring")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        with told_when_unwritable(home.parent, 2 * kept.path.stat().st_size):
            aside.mkdir(parents=True, mode=0o700)
            index = lay_out(kept, laid, keys, aside)
            _mark(aside, kept, laid)
            home.parent.mkdir(parents=True, exist_ok=True)
            if home.exists():
                home.rmdir()
            aside.rename(home)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    settings = load_settings(home)
    if not settings.key_sources:
        _give_key(settings.token_key_file, key_file)
    _give_key(settings.tombstone_key_file, tombstone_key)
    told = {"backup": kept.path.name, "tombstones": laid.path.name if laid else "none"}
    Audit(settings.audit_file, settings.vault_file).append(actor_name(), "restored", told)
    moment = laid.made_at if laid else None
    return Restored(home, kept.path, kept.made_at, moment, index)


def lay_out(kept: Kept, laid: Kept | None, keys: Keys, home: Path) -> dict[str, Any]:
    """All files of a backup in `home`, an empty folder, and the tombstones; returns its index."""
    index = read_through(kept.path, keys, home)
    if index["made_at"] != kept.made_at.isoformat():
        raise BackupError(f"{kept.path} has another moment inside than outside; use another one")
    if laid is not None:
        read_through(laid.path, keys, home)
    for source in load_settings(home).sources:
        (home / "landing" / source).mkdir(parents=True, exist_ok=True)
    return index


def _newest_tombstones(kept: Kept, named: Path | None) -> Kept | None:
    """The tombstones to lay upon a backup: those named, or the newest beside it."""
    folder = kept.path.parent
    if named is not None:
        laid: Kept | None = shelf.look(named, shelf.TOMBSTONES)
    else:
        laid = shelf.newest(folder, shelf.TOMBSTONES)
    if laid is None and kept.has_tombstones:
        raise BackupRefused(
            f"{folder} has no tombstones, and there were some when {kept.path.name} was made: "
            "nothing was restored, for who was erased would come back; give them by --tombstones "
            "FILE"
        )
    if laid is not None and laid.made_at < kept.made_at:
        raise BackupRefused(
            f"tombstones older than the backup: {laid.path.name} is of {_minute(laid)}, "
            f"{kept.path.name} of {_minute(kept)}; give the newer file by --tombstones FILE"
        )
    return laid


def _minute(kept: Kept) -> str:
    return f"{kept.made_at:%Y-%m-%d %H:%M:%S} UTC"


def _mark(home: Path, kept: Kept, laid: Kept | None) -> None:
    told = {
        "backup": kept.path.name,
        "backup_made_at": kept.made_at.isoformat(),
        "tombstones": laid.path.name if laid else None,
        "tombstones_made_at": laid.made_at.isoformat() if laid else None,
    }
    (home / "state" / MARKER).write_text(json.dumps(told, indent=1), encoding="utf-8")


def _give_key(own: Path, named: Path | None) -> None:
    """A key that was named lies where the home looks for its own."""
    if named is not None and not own.exists():
        own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(named, own)
        own.chmod(0o600)
