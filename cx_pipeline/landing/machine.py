"""A disk that is full or fails, or no memory left: no file's fault, so it ends the landing."""

import errno
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from cx_pipeline.extracts import PACKED
from cx_pipeline.warehouse import WarehouseError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("space left", "File too large", "quota exceeded", "disk is full")
_FAILS = (errno.EIO, errno.EROFS)
_MEMORY = (errno.ENOMEM,)
# What an unpacked file grows by, and what is written beside the rows, at the most.
_GROWS, _SPARE = 16, 16 << 20


class MachineFault(WarehouseError):
    """The machine cannot hold what was delivered; what was not committed is landed next time."""


def is_machines(fault: BaseException) -> bool:
    """Whether another machine would have read the file: it is not to be set aside for this."""
    return _is_full(fault) or _is_memory(fault)


@contextmanager
def told_when_it_fails(state: Path) -> Iterator[list[Path]]:
    """Its faults as one sentence; gives the list for the files that are about to be landed."""
    files: list[Path] = []
    try:
        yield files
    except (OSError, MemoryError, sqlite3.Error, duckdb.Error) as fault:
        if _is_full(fault):
            raise MachineFault(
                f"disk full, need {_needed(files) >> 20} MiB in {state}; make room and run again"
            ) from None
        if _is_memory(fault) or isinstance(fault, duckdb.OutOfMemoryException):
            raise MachineFault(
                "out of memory; lower threads in [warehouse] of cx.toml, free some, or have it "
                "delivered in smaller files, and run again"
            ) from None
        if _is_failing(fault):
            raise MachineFault(
                f"the disk under {state} cannot be written (input/output error); check it and "
                "run again"
            ) from None
        raise


def _is_full(fault: BaseException) -> bool:
    if isinstance(fault, OSError):
        return fault.errno in _FULL
    if isinstance(fault, sqlite3.Error):
        return _sqlite_name(fault).startswith("SQLITE_FULL")
    return isinstance(fault, duckdb.Error) and any(word in str(fault) for word in _FULL_WORDS)


def _is_memory(fault: BaseException) -> bool:
    """Of DuckDB what the machine refused: to need more than our own limit is the file's fault."""
    if isinstance(fault, OSError):
        return fault.errno in _MEMORY
    if isinstance(fault, duckdb.Error):
        return "bad allocation" in str(fault) or "Allocation failure" in str(fault)
    return isinstance(fault, MemoryError) or _sqlite_name(fault) == "SQLITE_NOMEM"


def _is_failing(fault: BaseException) -> bool:
    if isinstance(fault, OSError):
        return fault.errno in _FAILS
    if isinstance(fault, duckdb.Error):
        return (
            "Input/output error" in str(fault)
            or "fsync failed" in str(fault)
            or "Read-only file system" in str(fault)
        )
    return _sqlite_name(fault).startswith(("SQLITE_IOERR", "SQLITE_READONLY"))


def _sqlite_name(fault: BaseException) -> str:
    return str(getattr(fault, "sqlite_errorname", ""))


def _needed(files: Sequence[Path]) -> int:
    """As delivered, once in the archive and once in the warehouse, and what stands beside it."""
    grown = (path.stat().st_size * (_GROWS if path.suffix in PACKED else 1) for path in files)
    return 2 * sum(grown) + _SPARE
