"""The folder of one audience: complete publishes side by side, and `current` on one of them."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
DATABASE = "cx_marts.duckdb"
REPORT = "report.html"
_STAMP = "%Y%m%dT%H%M%S"


class PublishError(Exception):
    """A publish cannot be written, shown or rolled back; the message says why and what to do."""


class Shelf:
    """`published/<audience>/`: only complete publishes bear a plain name there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def current(self) -> Path | None:
        """The publish that is shown, if there is one."""
        link = self.folder / "current"
        shown = self.folder / link.readlink() if link.is_symlink() else None
        return shown if shown and (shown / MANIFEST).exists() else None

    @property
    def publishes(self) -> list[Path]:
        """Complete publishes, the oldest first."""
        if not self.folder.is_dir():
            return []
        kept = (path for path in self.folder.iterdir() if not path.is_symlink())
        return sorted(path for path in kept if path.name[0] != "." and (path / MANIFEST).exists())

    def new_name(self, run_id: str, now: datetime) -> str:
        """A name that sorts behind all others, even when the clock was set back."""
        stamp = now.astimezone(UTC).strftime(_STAMP)
        if last := max((path.name.split("-")[0] for path in self.publishes), default=""):
            with suppress(ValueError):
                after = datetime.strptime(last, _STAMP) + timedelta(seconds=1)
                stamp = max(stamp, after.strftime(_STAMP))
        return f"{stamp}-{run_id.partition('-')[0][:8]}"

    @contextmanager
    def building(self, name: str) -> Iterator[Path]:
        """A folder aside to build in, gone again if anything fails."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._clear()
            aside = self.folder / f".building-{name}"
            aside.mkdir()
        except OSError as error:
            raise PublishError(
                f"{self.folder} cannot be written ({error.strerror}); make it writable and run "
                "again: the last publish stays live"
            ) from error
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def show(self, aside: Path, name: str) -> Path:
        """Give the built folder its name, then point `current` at it: two renames."""
        shown = self.folder / name
        for folder in sorted({path.parent for path in aside.rglob("*")}, reverse=True):
            _sync(folder)
        aside.rename(shown)
        self.point_at(name)
        return shown

    def point_at(self, name: str) -> None:
        """Swap `current` in one rename; readers with open files keep what they have."""
        link = self.folder / ".current-new"
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        link.replace(self.folder / "current")
        _sync(self.folder)

    def drop_old(self, keep: int) -> None:
        """Remove all but the newest `keep` publishes and the one that is shown."""
        for path in self.publishes[:-keep]:
            if path != self.current:
                leaving = path.with_name(f".leaving-{path.name}")
                path.rename(leaving)
                shutil.rmtree(leaving)

    def _clear(self) -> None:
        """What a killed run left behind."""
        for pattern in (".building-*", ".leaving-*"):
            for leftover in self.folder.glob(pattern):
                shutil.rmtree(leftover)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ---- manifests ---------------------------------------------------------------------------


def digest_of(path: Path) -> str:
    """SHA-256 of the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_entry(publish: Path, path: Path) -> dict[str, Any]:
    """Name, hash and size of one file of a publish, which is put onto the disk and closed off."""
    digest = digest_of(path)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.chmod(0o440)
    name = path.relative_to(publish).as_posix()
    return {"path": name, "sha256": digest, "bytes": path.stat().st_size}


def write_manifest(publish: Path, told: dict[str, Any]) -> None:
    """Write the manifest with a hash over itself, last of all files."""
    path = publish / MANIFEST
    path.write_text(json.dumps({**told, "manifest_sha256": _own_hash(told)}, indent=1))
    file_entry(publish, path)


def read_manifest(publish: Path) -> dict[str, Any]:
    """The manifest of a publish; empty when it cannot be read."""
    try:
        told = json.loads((publish / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _own_hash(told: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def entries(told: dict[str, Any]) -> list[dict[str, Any]]:
    """All files of a manifest: those of tables, then the others."""
    of_tables = [entry for table in told["tables"].values() for entry in table["files"]]
    return [*of_tables, *told["files"]]


def verify(publish: Path) -> list[str]:
    """What differs between a publish and its manifest, one sentence a file; empty if nothing."""
    told = read_manifest(publish)
    sealed = told.pop("manifest_sha256", None)
    if not told or sealed != _own_hash(told):
        return [f"{publish / MANIFEST} is damaged; publish again: cx run"]
    wrong = []
    for entry in entries(told):
        path = publish / entry["path"]
        if not path.is_file():
            wrong.append(f"{path} is missing; publish again: cx run")
            continue
        if digest_of(path) != entry["sha256"]:
            wrong.append(f"{path} is not what was published; publish again: cx run")
    known = {entry["path"] for entry in entries(told)} | {MANIFEST}
    for path in sorted(publish.rglob("*")):
        if path.is_file() and path.relative_to(publish).as_posix() not in known:
            wrong.append(f"{path} does not belong to this publish; remove it")
    return wrong


def roll_back(folder: Path, to: str | None = None) -> Path:
    """Show an earlier publish of this audience again: `to`, or the one before the current.

    Raises PublishError when there is none or it is damaged.
    """
    shelf = Shelf(folder)
    names = [path.name for path in shelf.publishes]
    current = shelf.current.name if shelf.current else ""
    wanted = to or max((name for name in names if name < current), default=None)
    if wanted not in names:
        told = ", ".join(names) or "none"
        raise PublishError(f"no publish {to or 'before the current'} in {folder}; there: {told}")
    if wrong := verify(folder / wanted):
        raise PublishError(f"{wanted} cannot be shown again: {wrong[0]}")
    shelf.point_at(wanted)
    return folder / wanted
