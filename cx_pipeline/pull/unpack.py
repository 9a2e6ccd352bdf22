"""Unpack what an export job delivers: one member, whole, and no bomb."""

import zipfile
import zlib
from pathlib import Path

from cx_pipeline.landing.verify import FileFault, blocks
from cx_pipeline.pull.fault import PullFault
from cx_pipeline.pull.source import put

_BLOCK = 1 << 20
_RATIO, _ALWAYS_FINE = 200, 256 << 20
_ENCRYPTED = 0x1


def unpacked(how: str, packed: Path, into: Path) -> Path:
    """The file itself: `packed` as it is, or what is in it, written to `into`.

    No name inside an archive is ever used. Raises PullFault.
    """
    if packed.stat().st_size == 0:
        raise PullFault("the export is empty (0 bytes); check the job on the other side")
    if how == "none":
        return packed
    try:
        if how == "zip":
            _unzipped(packed, into)
        else:
            with into.open("wb", 0) as file:
                for block in blocks(packed):
                    put(file, block)
    except (FileFault, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as fault:
        told = str(fault) if isinstance(fault, FileFault) else "the zip is damaged"
        raise PullFault(f"the export cannot be unpacked: {told}") from None
    return into


def _unzipped(packed: Path, into: Path) -> None:
    limit = max(_ALWAYS_FINE, _RATIO * packed.stat().st_size)
    with zipfile.ZipFile(packed) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1:
            raise PullFault(f"the zip holds {len(members)} files; an export is one")
        if members[0].flag_bits & _ENCRYPTED:
            raise PullFault("the zip is encrypted; have it exported without a password")
        total = 0
        with archive.open(members[0]) as member, into.open("wb", 0) as file:
            while block := member.read(_BLOCK):  # proves the checksum at the member's end
                total += len(block)
                if total > limit:
                    raise PullFault(
                        f"the zip grows to more than {limit >> 20} MiB, {_RATIO} times its size"
                    )
                put(file, block)
    if zipfile.is_zipfile(into):
        raise PullFault("the zip holds another archive; an export is one table")
