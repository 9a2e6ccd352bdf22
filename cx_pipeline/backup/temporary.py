"""Folders that are gone afterwards, also when the process that made one was killed."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary(state: Path, what: str) -> Iterator[Path]:
    """A folder under `state/tmp`, readable by its owner only; those of dead processes go first."""
    parent = state / "tmp"
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f"{what}-*"):
        if not Path(f"/proc/{left.name.split('-')[1]}").exists():
            shutil.rmtree(left)
    aside = Path(tempfile.mkdtemp(prefix=f"{what}-{os.getpid()}-", dir=parent))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)
