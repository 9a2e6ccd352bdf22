"""The same bytes in every packing that is unpacked."""

import bz2
import gzip
import io
import zipfile
from collections.abc import Callable

import pyarrow as pa  # type: ignore[import-untyped]


def zst(data: bytes) -> bytes:
    told: bytes = pa.Codec("zstd").compress(data, asbytes=True)
    return told


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def one_zip(data: bytes) -> bytes:
    return zipped(("People.csv", data))


PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".zst": zst,
    ".bz2": bz2.compress,
    ".zip": one_zip,
}
