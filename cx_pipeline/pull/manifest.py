"""What was pulled, a line an arrival: only what stands here is not asked for again.

A line is written once its file has its name in landing, so a kill between the two only asks again.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Arrival:
    """One pull of a table: its file (none when there was nothing new) and how far it reaches.

    `remote` and `version` are digests of the other side's name and etag or time; `rows`, `pages`
    and `doubled` (rows that came again on a later page) are told where the pull counted them.
    """

    table: str
    file: str | None
    at: str
    size: int = 0
    sha256: str | None = None
    remote: str | None = None
    version: str | None = None
    rows: int | None = None
    pages: int | None = None
    doubled: int | None = None
    cursor: str | None = None


class Manifest:
    """`state/pulls/<source>.jsonl`: read whole, appended to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.arrivals = list(_read(path))

    def add(self, arrival: Arrival) -> None:
        """Append one line that survives a power cut."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self._path.exists()
        with self._path.open("a+b") as file:
            if file.tell() and not _ends_whole(self._path):
                file.write(b"\n")  # a kill cut the line before: it counts for nothing
            file.write(json.dumps(asdict(arrival)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self._path.parent)
        self.arrivals.append(arrival)

    def cursor(self, table: str) -> str | None:
        """How far this table was pulled, as its last line says."""
        told = [a.cursor for a in self.arrivals if a.table == table and a.cursor is not None]
        return told[-1] if told else None

    def last_sha256(self, table: str) -> str | None:
        """The bytes that this table was last delivered as."""
        told = [a.sha256 for a in self.arrivals if a.table == table and a.sha256]
        return told[-1] if told else None

    def versions(self, table: str) -> dict[str, str | None]:
        """The last version of each remote file, by the digest of its name."""
        return {a.remote: a.version for a in self.arrivals if a.table == table and a.remote}


def digest(told: str) -> str:
    """Tells two texts apart without keeping them: a remote name may hold a person."""
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> list[Arrival]:
    arrivals = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            arrivals.append(Arrival(**json.loads(line)))
        except (ValueError, TypeError):  # cut by a kill: what it told is asked for again
            continue
    return arrivals


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
