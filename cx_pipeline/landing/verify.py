"""Which file is it? The sha256 of its bytes as delivered; `unpack` proves what is in them."""

import hashlib
from pathlib import Path


class FileFault(Exception):
    """The file cannot be landed; the message says why and what to do, with no value of it."""


def sha256_of(path: Path) -> str:
    """The digest of the bytes as delivered."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
