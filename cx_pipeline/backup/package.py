"""One sealed file of many: a tar stream inside, whose last member tells the hashes of all others.

Written aside, read back, and only then renamed: a file of this name was whole once.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from cx_pipeline.backup.fault import BackupError, full, told_when_unwritable
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.sealed_file import CHUNK, SealedFileDamaged, Sealer, opened

_INDEX = "index.json"


@dataclass
class Packing:
    """Takes files into a package; `facts` go into its index."""

    tar: tarfile.TarFile
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, path: Path, name: str) -> None:
        """Take in one file as it is now; nobody may write it meanwhile."""
        with path.open("rb") as file:
            info = tarfile.TarInfo(name)
            told = os.fstat(file.fileno())
            info.size, info.mode = told.st_size, told.st_mode & 0o777
            hashing = _Hashing(file)
            self.tar.addfile(info, hashing)
        self.members[name] = {"sha256": hashing.digest.hexdigest(), "bytes": info.size}

    def _close(self) -> None:
        told = json.dumps({**self.facts, "members": self.members}).encode()
        info = tarfile.TarInfo(_INDEX)
        info.size = len(told)
        self.tar.addfile(info, io.BytesIO(told))
        self.tar.close()


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        told = self._file.read(size)
        self.digest.update(told)
        return told


@contextmanager
def packed(path: Path, keys: Keys, about: Mapping[str, Any], needed: int) -> Iterator[Packing]:
    """Write the package `path` (about `needed` bytes): what the block adds to it.

    It bears its name only when the block ended well and all of it was read back. Raises
    BackupError when it cannot be written or does not read back.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with told_when_unwritable(path.parent, needed):
            path.parent.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(path.parent).free < needed:
                raise full(path.parent, needed)
            with _new(part) as file:
                sealer = Sealer(file, keys, about)
                with tarfile.open(mode="w|", fileobj=sealer, bufsize=CHUNK) as tar:  # type: ignore[call-overload]
                    packing = Packing(tar)
                    yield packing
                    packing._close()
                sealer.close()
                file.flush()
                os.fsync(file.fileno())
        read_through(part, keys)
        part.rename(path)
        _sync(path.parent)
    except SealedFileDamaged as fault:
        raise BackupError(
            f"what was written to {path.parent} does not read back: {fault}"
        ) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def read_through(path: Path, keys: Keys, into: Path | None = None) -> dict[str, Any]:
    """The index of a package, once each chunk was authenticated and each member hashed.

    With `into`, an empty folder, its members are written there. Raises SealedFileDamaged,
    KeyFault, BackupError, OSError.
    """
    found: dict[str, dict[str, Any]] = {}
    index: dict[str, Any] | None = None
    with opened(path, keys) as stream:
        with tarfile.open(mode="r|", fileobj=stream, bufsize=CHUNK) as tar:  # type: ignore[call-overload]
            for member in tar:
                inside = tar.extractfile(member)
                if inside is None or index is not None:
                    raise BackupError(f"{path}: {member.name} is no file of a backup")
                if member.name == _INDEX:
                    index = json.load(inside)
                    continue
                target = into / _inside(path, member.name) if into else None
                found[member.name] = _copied(inside, target, member.mode)
        stream.finish()
    if index is None or index["members"] != found:
        raise BackupError(f"{path} does not hold what its index tells; use another one")
    return index


def _copied(inside: Any, target: Path | None, mode: int) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") if target else open(os.devnull, "wb") as file:  # noqa: PTH123
        while piece := inside.read(CHUNK):
            digest.update(piece)
            size += len(piece)
            file.write(piece)
    if target is not None:
        target.chmod(mode & 0o777)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _inside(path: Path, name: str) -> PurePosixPath:
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts:
        raise BackupError(f"{path} names {name}, which lies outside of a home; use another one")
    return place


def _new(part: Path) -> BinaryIO:
    part.unlink(missing_ok=True)
    return os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
