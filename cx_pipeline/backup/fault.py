"""What goes wrong with backups, each in one sentence that says what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BackupError(Exception):
    """A backup cannot be written, or does not hold what it should."""


class BackupRefused(Exception):
    """What was asked for must not be done as asked; nothing was changed."""


@contextmanager
def told_when_unwritable(folder: Path, needed: int) -> Iterator[None]:
    """A full disk or a folder that cannot be written (`needed` bytes) as one BackupError."""
    try:
        yield
    except OSError as fault:
        if fault.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise full(folder, needed) from fault
        if fault.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise BackupError(
                f"{folder} cannot be written ({fault.strerror}); make it a folder that can, and "
                "try again"
            ) from fault
        raise


def full(folder: Path, needed: int) -> BackupError:
    mib = -(-needed // 2**20)
    return BackupError(f"disk full, need {mib} MiB in {folder}; make room and try again")
