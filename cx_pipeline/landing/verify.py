"""Is the file whole? Its sha256, and its bytes, gunzipped with their checksum proved to the end."""

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
# A file that grows more than this is a bomb or a mistake: repeats of one line reach about 400:1.
_RATIO = 200
_ALWAYS_FINE = 256 << 20


class FileFault(Exception):
    """The file cannot be landed; the message says why and what to do, with no value of it."""


def sha256_of(path: Path) -> str:
    """The digest of the bytes as delivered."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_gzip(path: Path) -> bool:
    """By its first bytes, whatever it is called."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def blocks(path: Path) -> Iterator[bytes]:
    """The file's content in blocks, gunzipped if it is gzip.

    Raises FileFault when the gzip is truncated, damaged, followed by something else, or a bomb:
    DuckDB ignores these checksums, so nothing may be committed before this has ended.
    """
    if path.stat().st_size == 0:
        raise FileFault("the file is empty (0 bytes); deliver it again")
    if path.name.endswith(".gz") and not is_gzip(path):
        raise FileFault("the file is called .gz but is not gzip; deliver it again")
    if is_gzip(path):
        yield from _gunzipped(path)
        return
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _gunzipped(path: Path) -> Iterator[bytes]:
    limit = max(_ALWAYS_FINE, _RATIO * path.stat().st_size)
    total = 0
    try:
        for block in _members(path):
            total += len(block)
            if total > limit:
                raise FileFault(
                    f"the gzip grows to more than {limit >> 20} MiB, {_RATIO} times its size; "
                    "deliver it uncompressed if that is meant"
                )
            yield block
    except zlib.error:
        raise FileFault("the gzip is damaged (checksum or bytes); deliver it again") from None


def _members(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        data = file.read(_BLOCK)
        while data:
            member = zlib.decompressobj(wbits=31)  # proves CRC and length at the member's end
            while not member.eof:
                if not data and not (data := file.read(_BLOCK)):
                    raise FileFault("the gzip is truncated; deliver it again")
                if block := member.decompress(data, 4 * _BLOCK):
                    yield block
                data = member.unconsumed_tail
            data = member.unused_data or file.read(_BLOCK)
            data = data.lstrip(b"\0") or file.read(_BLOCK)
            if data and not data.startswith(_GZIP[: len(data)]):
                raise FileFault("something follows the gzip's end; deliver it again")
