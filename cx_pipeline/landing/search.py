"""Delivered files that no contract could read: whether they hold a value, by their text alone."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cx_pipeline.landing.discover import Found, Stray
from cx_pipeline.landing.unpack import blocks, every_member, packing_of
from cx_pipeline.landing.verify import FileFault
from cx_pipeline.privacy.tombstones import Identifier

_SHORTEST = 5  # signs: a shorter value stands in many texts by chance
_NOT_DIGIT = re.compile(r"[^0-9]+")
_OVERLAP = 400


def unread_files(landing: Path, found: Found) -> Iterator[Path]:
    """What lies in landing and was not read: files set aside, and strays."""
    for delivery, _ in found.aside:
        yield delivery.path
    for stray in found.strays:
        yield from _files(landing, stray)


def _files(landing: Path, stray: Stray) -> Iterator[Path]:
    path = landing / stray.source / stray.name
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
    elif path.exists():
        yield path


def holds(path: Path, identifiers: Iterable[Identifier]) -> bool:
    """Whether the text of the file, as far as it can be read, holds one of the values."""
    words = {value.casefold() for _, value in identifiers if len(value) >= _SHORTEST}
    numbers = {
        digits
        for kind, value in identifiers
        if kind == "phone" and len(digits := _NOT_DIGIT.sub("", value)) > _SHORTEST
    }
    before = ""
    for text in _texts(path):
        now = before + text
        if any(word in now for word in words):
            return True
        digits = _NOT_DIGIT.sub("", now) if numbers else ""
        if any(number in digits for number in numbers):
            return True
        before = now[-_OVERLAP:]
    return False


def _texts(path: Path) -> Iterator[str]:
    try:
        is_zip = packing_of(path) == "zip"  # of several files, or an Excel file
        for block in every_member(path) if is_zip else blocks(path):
            text = block.decode("utf-8", "ignore") if b"\0" not in block[:99] else _wide(block)
            yield text.casefold()
    except (FileFault, OSError):
        return  # what came before the damage was looked at; nothing behind it can be read


def _wide(block: bytes) -> str:
    return block.replace(b"\0", b"").decode("latin-1")
