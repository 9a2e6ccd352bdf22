"""A file that is ready to be loaded, or the sentence that says why it is not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.landing.discover import Delivery
from cx_pipeline.landing.doubts import Doubts
from cx_pipeline.landing.machine import is_machines
from cx_pipeline.landing.quarantine import Rejected
from cx_pipeline.landing.verify import FileFault
from cx_pipeline.privacy.tombstones import Identifier


@dataclass
class Prepared:
    """A file that is ready to be loaded, or why it is not."""

    delivery: Delivery
    sha256: str = ""
    identity: str = ""
    archived: Path | None = None
    good: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    erased: int = 0
    blanked: int = 0
    heirs: set[Identifier] = field(default_factory=set)
    profile: dict[str, Any] = field(default_factory=dict)
    min_time: datetime | None = None
    max_time: datetime | None = None
    doubts: Doubts = field(default_factory=Doubts)
    warnings: list[str] = field(default_factory=list)
    added: set[str] = field(default_factory=set)
    fault: str | None = None
    is_copy_of: int | None = None
    is_being_written: bool = False
    is_unread: bool = False

    @property
    def rows_read(self) -> int:
        return self.good + len(self.rejected) + self.erased


@contextmanager
def telling(done: Prepared) -> Iterator[None]:
    """What is wrong with a file becomes its fault, in one sentence; the machine's fault is raised.

    A file that could not be opened may be just the same when it can: it `is_unread`.
    """
    try:
        yield
    except FileFault as fault:
        done.fault = str(fault)
    except OSError as fault:
        if is_machines(fault):
            raise
        done.is_unread = True
        done.fault = f"it cannot be read ({fault.strerror}); check its permissions"
    except duckdb.OutOfMemoryException as fault:
        if is_machines(fault):
            raise
        done.fault = "it takes more memory than a file may; deliver it in smaller files"
    except duckdb.Error as fault:  # its message may hold raw values
        if is_machines(fault):
            raise
        done.fault = f"it cannot be read by its contract ({type(fault).__name__})"
    if done.fault:
        done.good, done.rejected, done.archived = 0, [], None
        done.erased = done.blanked = 0


def profile_text(done: Prepared) -> str:
    """The profile as it stands in `landing.loads`."""
    return json.dumps(done.profile, sort_keys=True)
