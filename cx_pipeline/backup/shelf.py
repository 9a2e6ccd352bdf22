"""The folder of backups: which files are there, and which of them is the newest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cx_pipeline.backup.fault import BackupRefused
from cx_pipeline.privacy.sealed_file import SealedFileDamaged, read_about

BACKUP, TOMBSTONES = "backup", "tombstones"


@dataclass(frozen=True)
class Kept:
    """One file of backups, by its clear header; only opening it proves what that says."""

    path: Path
    made_at: datetime
    about: Mapping[str, Any]

    @property
    def has_tombstones(self) -> bool:
        """Whether there were any when it was made."""
        return bool(self.about.get("has_tombstones"))


def path_of(folder: Path, kind: str, moment: datetime) -> Path:
    return folder / f"cx-{moment.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.{kind}"


def about(kind: str, moment: datetime, **more: object) -> dict[str, object]:
    """The clear header of a file: no name of anything, no value."""
    return {"kind": kind, "made_at": moment.astimezone(UTC).isoformat(), **more}


def look(path: Path, kind: str) -> Kept:
    """One file, by its header. Raises BackupRefused when it is another kind, SealedFileDamaged."""
    if not path.is_file():
        raise BackupRefused(f"{path} does not exist; name a file or folder of cx backup")
    told = read_about(path)
    if told["kind"] != kind:
        raise BackupRefused(f"{path} holds {told['kind']}, not a {kind}; name the other file")
    return Kept(path, datetime.fromisoformat(told["made_at"]), told)


def newest(folder: Path, kind: str) -> Kept | None:
    """The file that was made last; one whose header cannot be read does not count."""
    found = []
    for path in sorted(folder.glob(f"cx-*.{kind}")):
        try:
            found.append(look(path, kind))
        except (BackupRefused, SealedFileDamaged):
            continue
    return max(found, key=lambda kept: kept.made_at, default=None)


def chosen(place: Path) -> Kept:
    """The backup that a user names: a file, or the newest in a folder."""
    if not place.is_dir():
        return look(place, BACKUP)
    kept = newest(place, BACKUP)
    if kept is None:
        raise BackupRefused(f"{place} holds no backup; make one with: cx backup {place}")
    return kept
