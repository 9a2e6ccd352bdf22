"""Publishes that hold who was erased: deleted, never rewritten."""

import shutil
from pathlib import Path

from cx_pipeline.release.shelf import Shelf


def forget(published: Path, *, but_current: bool) -> list[str]:
    """Delete the publishes of every audience; returns their names.

    The current one of each stays until the next has taken its place (`but_current`).
    """
    gone = []
    for folder in sorted(published.iterdir()) if published.is_dir() else []:
        if not folder.is_dir():
            continue
        shelf = Shelf(folder)
        for publish in shelf.publishes:
            if but_current and publish == shelf.current:
                continue
            shutil.rmtree(publish)
            gone.append(f"{folder.name}/{publish.name}")
    return gone
