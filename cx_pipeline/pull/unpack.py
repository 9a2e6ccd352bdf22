"""Unpack what an export job delivers: one file, whole, and no bomb, as the landing reads it."""

from pathlib import Path

from cx_pipeline.landing.unpack import blocks, packing_of
from cx_pipeline.landing.verify import FileFault
from cx_pipeline.pull.fault import PullFault
from cx_pipeline.pull.source import put


def unpacked(how: str, packed: Path, into: Path) -> Path:
    """The file itself: `packed` as it is, or what is in it, written to `into`.

    No name inside an archive is ever used. Raises PullFault.
    """
    if packed.stat().st_size == 0:
        raise PullFault("the export is empty (0 bytes); check the job on the other side")
    if how == "none":
        return packed
    if (found := packing_of(packed)) != how:
        raise PullFault(f"the export is no {how} but {found or 'not packed'}; say it in unpack")
    try:
        with into.open("wb", 0) as file:
            for block in blocks(packed):
                put(file, block)
    except FileFault as fault:
        raise PullFault(f"the export cannot be unpacked: {fault}") from None
    return into
