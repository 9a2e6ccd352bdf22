"""One source while it is pulled: its place, its manifest, and the way of a file into landing."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from cx_pipeline.contracts import Contract
from cx_pipeline.extracts import FileVersion
from cx_pipeline.landing.verify import sha256_of
from cx_pipeline.pull.fault import PullFault
from cx_pipeline.pull.manifest import Arrival, Manifest, sync_folder
from cx_pipeline.pull.patience import Patience
from cx_pipeline.pull.secret import secret_of
from cx_pipeline.sections import PullFrom

_TEMPORARY = ".pull-"


def put(file: BinaryIO, block: bytes) -> None:
    """Write a whole block into an unbuffered file. Raises PullFault when the disk takes no more."""
    left = memoryview(block)
    try:
        while left:
            left = left[file.write(left) :]  # a full disk takes a part, and only then says no
    except OSError as fault:
        raise PullFault(
            f"landing cannot be written ({fault.strerror}); make room and pull again"
        ) from None


@dataclass
class Source:
    """What every kind of pull needs; `now` (aware, UTC) is the one moment of this pull."""

    name: str
    place: PullFrom
    home: Path
    folder: Path
    manifest: Manifest
    patience: Patience
    now: datetime

    @property
    def stamp(self) -> str:
        return f"{self.now.astimezone(UTC):%Y%m%dT%H%M%SZ}"

    def secret(self) -> str:
        """The secret, asked for anew each time. Raises PullFault."""
        return secret_of(self.name, self.place, self.home)

    def path(self, told: Path | None) -> Path | None:
        """A path of `cx.toml`: relative ones begin in the home."""
        return self.home / told.expanduser() if told else None

    def tidy(self) -> None:
        """Remove what a kill left half-written."""
        for path in self.folder.glob(f"{_TEMPORARY}*") if self.folder.is_dir() else ():
            path.unlink()

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """A name in the source's folder that landing passes over; gone afterwards."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{_TEMPORARY}{uuid.uuid4().hex}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def deliver(self, written: Path, name: str) -> tuple[str, str]:
        """Give a whole file its name in landing; returns (name, sha256).

        Delivered files are immutable: other bytes under a name that is taken go into a folder of
        this pull.
        """
        with written.open("rb") as file:
            os.fsync(file.fileno())
        sha256 = sha256_of(written)
        target, again = self.folder / name, 0
        while target.exists() and sha256_of(target) != sha256:
            again += 1
            target = self.folder / f"again-{self.stamp}-{again}" / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            written.replace(target)
            sync_folder(target.parent)
        return target.relative_to(self.folder).as_posix(), sha256

    def deliver_made(
        self,
        contract: Contract,
        written: Path,
        *,
        rows: int | None,
        cursor: str | None,
        pages: int | None = None,
        doubled: int | None = None,
    ) -> Arrival:
        """Deliver a file that a pull made itself, and note it with the new cursor.

        A file without a row, or with the bytes of the last one, tells nothing: then only the
        cursor is noted. (A version in the name is news by itself.)
        """
        size = written.stat().st_size
        known = self.manifest.last_sha256(contract.table)
        has_dated_name = isinstance(contract.extract.version, FileVersion)
        is_known = known == sha256_of(written) and not has_dated_name
        name, sha256 = None, None
        if rows != 0 and not is_known:
            name, sha256 = self.deliver(
                written, contract.pulled_name.replace("{stamp}", self.stamp)
            )
        arrival = Arrival(
            contract.table,
            name,
            self.now.isoformat(),
            size if name else 0,
            sha256,
            rows=rows,
            pages=pages,
            doubled=doubled,
            cursor=cursor,
        )
        self.manifest.add(arrival)
        return arrival
