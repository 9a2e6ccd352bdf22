"""Is the file whole? Its bytes, unpacked, with every checksum it has proved to the end.

Everything here is a stream of blocks: a file of any size, or a bomb, costs the same memory.
"""

import bz2
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
from isal import isal_zlib  # zlib's own functions, more than twice as fast

from cx_pipeline.landing.verify import FileFault

_BLOCK = 1 << 20
# A file that grows more than this is a bomb or a mistake: repeats of one line reach about 400:1.
_RATIO = 200
_ALWAYS_FINE = 256 << 20

# What a packing is told by. Of bz2 the first three bytes alone could begin a header.
_FIRST_BYTES = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "zst": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
    "bz2": re.compile(rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)"),
    "zip": re.compile(rb"PK(\x03\x04|\x05\x06)"),
}
_ENDINGS = {".gz": "gzip", ".zst": "zst", ".bz2": "bz2", ".zip": "zip"}
# Methods that zipfile unpacks in bounded blocks; of the others one small block can be gigabytes.
ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED, _LINK, _KIND_OF_FILE = 0x1, 0o120000, 0o170000
_DRIVE = re.compile("[A-Za-z]:")
_ZIP_END = b"PK\x05\x06"


def packing(start: bytes) -> str | None:
    """gzip, zst, bz2 or zip by a file's first ten bytes; None when it is not packed."""
    return next((name for name, sign in _FIRST_BYTES.items() if sign.match(start)), None)


def packing_of(path: Path) -> str | None:
    """The packing of a file by its first bytes, whatever it is called."""
    with path.open("rb") as file:
        return packing(file.read(10))


def blocks(path: Path) -> Iterator[bytes]:
    """The file's content in blocks of a few MiB, unpacked if it is packed.

    Raises FileFault when it is empty, truncated, damaged, followed by something else, not what its
    name says, packed twice, a zip of more than one plain file, or a bomb. The last block may come
    before such a fault: nothing may be committed until this has ended.
    """
    size = path.stat().st_size
    if size == 0:
        raise FileFault("the file is empty (0 bytes); deliver it again")
    kind = packing_of(path)
    named = _ENDINGS.get(path.suffix)
    if named and kind != named:
        raise FileFault(f"the file is called {path.suffix} but is not {named}; deliver it again")
    if kind is None:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
        return
    total, limit = 0, growth_limit(size)
    for block in _UNPACK[kind](path):
        if total == 0 and packing(block):
            raise FileFault(f"the {kind} holds a packed file again; deliver it packed once")
        total += len(block)
        if total > limit:
            raise too_large(kind, limit)
        yield block


def growth_limit(size: int) -> int:
    """How many bytes a packed file of this size may hold."""
    return max(_ALWAYS_FINE, _RATIO * size)


def too_large(kind: str, limit: int) -> FileFault:
    """The sentence for a file that holds more than `growth_limit`."""
    return FileFault(
        f"the {kind} grows to more than {limit >> 20} MiB, {_RATIO} times its size; "
        "deliver it uncompressed if that is meant"
    )


def _truncated(kind: str) -> FileFault:
    return FileFault(f"the {kind} is truncated; deliver it again")


def _damaged(kind: str) -> FileFault:
    return FileFault(f"the {kind} is damaged (checksum or bytes); deliver it again")


def _followed(kind: str) -> FileFault:
    return FileFault(f"something follows the {kind}'s end; deliver it again")


def _gzip(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        data = file.read(_BLOCK)
        while data:
            member = isal_zlib.decompressobj(wbits=31)  # proves CRC and length at the member's end
            while not member.eof:
                if not data and not (data := file.read(_BLOCK)):
                    raise _truncated("gzip")
                try:
                    block = member.decompress(data, 4 * _BLOCK)
                except isal_zlib.error:  # type: ignore[misc]  # its stub is wrong
                    raise _damaged("gzip") from None
                if block:
                    yield block
                data = member.unconsumed_tail
            data = member.unused_data or file.read(_BLOCK)
            data = data.lstrip(b"\0") or file.read(_BLOCK)
            if data and not data.startswith(b"\x1f\x8b"[: len(data)]):
                raise _followed("gzip")


def _bz2(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        data = file.read(_BLOCK)
        while data:
            stream = bz2.BZ2Decompressor()  # proves each block's CRC, and the whole's at the end
            while not stream.eof:
                if stream.needs_input and not data and not (data := file.read(_BLOCK)):
                    raise _truncated("bz2")
                given, data = data, b""  # it keeps what it has not unpacked yet
                try:
                    block = stream.decompress(given, 4 * _BLOCK)
                except OSError:
                    raise _damaged("bz2") from None
                if block:
                    yield block
            data = stream.unused_data + file.read(_BLOCK)
            if data and packing(data[:10]) != "bz2":
                raise _followed("bz2")


def _zst(path: Path) -> Iterator[bytes]:
    """By Arrow's codec. A frame's checksum is proved where it has one: to write it is optional."""
    with pa.OSFile(str(path)) as file, pa.CompressedInputStream(file, "zstd") as stream:
        while True:
            try:
                block = stream.read(_BLOCK)
            except OSError as wrong:
                if wrong.errno is not None:  # the disk's fault, not the file's
                    raise
                if "Truncated" in str(wrong):
                    raise _truncated("zst") from None
                if "Unknown frame descriptor" in str(wrong):  # it had one at its start
                    raise _followed("zst") from None
                raise _damaged("zst") from None
            if not block:
                return
            yield block


def _zip(path: Path) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only_member(archive)
            _prove_end(path, archive)
            with archive.open(member) as file:
                while block := file.read(_BLOCK):
                    yield block
    except EOFError:
        raise _truncated("zip") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, UnicodeDecodeError) as wrong:
        # Without the list at its end a zip has lost its tail.
        lost = "not a zip file" in str(wrong)
        raise (_truncated if lost else _damaged)("zip") from None


def every_member(path: Path) -> Iterator[bytes]:
    """All that can be read of a zip, Excel files too, in blocks: for a search, never for landing.

    Raises FileFault where it is damaged, or a bomb.
    """
    total, limit = 0, growth_limit(path.stat().st_size)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.flag_bits & _ENCRYPTED or member.compress_type not in ZIP_METHODS:
                    continue
                with archive.open(member) as file:
                    while block := file.read(_BLOCK):
                        total += len(block)
                        if total > limit:
                            raise too_large("zip", limit)
                        yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError):
        raise _damaged("zip") from None


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one plain file of it. Its name is never used as a path, nor shown: it may hold a value.

    Zips with a name that would lead out of a folder are refused all the same: who made them meant
    harm, or wanted two files where one is read.
    """
    members = archive.infolist()
    if len(members) != 1 or members[0].is_dir():
        raise FileFault(f"the zip holds {len(members)} entries; deliver one file in it")
    member = members[0]
    name = member.filename
    if name.startswith("/") or "\\" in name or _DRIVE.match(name) or ".." in name.split("/"):
        raise FileFault("the zip's file has a path that leads out of it; deliver it without path")
    if member.external_attr >> 16 & _KIND_OF_FILE == _LINK:
        raise FileFault("the zip holds a link, not a file; deliver the file itself")
    if member.flag_bits & _ENCRYPTED:
        raise FileFault("the zip is encrypted; deliver it without a password")
    if member.compress_type not in ZIP_METHODS:
        raise FileFault("the zip is not packed by deflate; deliver it so, or not packed")
    if member.header_offset != 0:
        raise FileFault("something stands in the zip beside its file; deliver it again")
    return member


def _prove_end(path: Path, archive: zipfile.ZipFile) -> None:
    with path.open("rb") as file:
        file.seek(-(22 + len(archive.comment)), 2)
        if file.read(4) != _ZIP_END:
            raise _followed("zip")


_UNPACK: dict[str, Callable[[Path], Iterator[bytes]]] = {
    "gzip": _gzip,
    "zst": _zst,
    "bz2": _bz2,
    "zip": _zip,
}
