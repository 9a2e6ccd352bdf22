"""A file that only the key opens, written and read as a stream: AES-256-GCM in numbered chunks.

A clear header says what it is, when it was made and which key version opens it. Each file has a
key of its own (from the key and a random salt), each chunk a nonce of its number and of whether
it is the last, and is bound to the header: a chunk that is changed, moved, or missing at the end
does not open.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cx_pipeline.privacy.keys import KeyFault, Keys

CHUNK = 1 << 20
_TAG = 16
_MAGIC = b"cx-pipeline sealed file 1\n"
_LONGEST_HEADER = 1 << 16


class SealedFileDamaged(Exception):
    """The file is not what was written; the message names file and place."""


class Sealer:
    """Takes bytes in any pieces; what it writes is whole once `close` was called."""

    def __init__(self, file: BinaryIO, keys: Keys, about: Mapping[str, Any]) -> None:
        salt = os.urandom(32)
        version = keys.current
        told = {**about, "key_version": version, "salt": salt.hex()}
        told["proof"] = _proof(keys, version, salt)
        header = json.dumps(told).encode()
        digest = hashlib.sha256(header).digest()
        file.write(_MAGIC + len(header).to_bytes(4) + header + digest)
        self._file = file
        self._digest = digest
        self._cipher = AESGCM(_own_key(keys, version, salt))
        self._number = 0
        self._rest = bytearray()

    def write(self, data: bytes) -> int:
        self._rest += data
        while len(self._rest) > CHUNK:  # the last one is never written before `close`
            self._seal(bytes(self._rest[:CHUNK]), is_last=False)
            del self._rest[:CHUNK]
        return len(data)

    def close(self) -> None:
        self._seal(bytes(self._rest), is_last=True)
        self._rest.clear()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last)
        self._file.write(self._cipher.encrypt(nonce, chunk, self._digest))
        self._number += 1


class Opener:
    """Reads what a Sealer wrote: every byte that `read` returns is authenticated."""

    def __init__(self, path: Path, file: BinaryIO, keys: Keys) -> None:
        self._path = path
        self._file = file
        self.about, self._digest = _header(path, file)
        version, salt = self.about["key_version"], bytes.fromhex(self.about["salt"])
        if version not in keys.versions:
            raise KeyFault(f"{path} needs version {version} of the key, which is not there; add it")
        if self.about["proof"] != _proof(keys, version, salt):
            raise KeyFault(f"the key is not the one that {path} was made with; give the right key")
        self._cipher = AESGCM(_own_key(keys, version, salt))
        self._number = 0
        self._ahead = file.read(CHUNK + _TAG)
        self._rest = b""
        self._is_over = False

    def read(self, size: int = -1) -> bytes:
        parts, wanted = [], size if size >= 0 else 1 << 62
        while wanted > 0:
            if not self._rest and not self._next():
                break
            part, self._rest = self._rest[:wanted], self._rest[wanted:]
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def finish(self) -> None:
        """Read to the end, which proves that nothing is missing there."""
        while self.read(CHUNK):
            pass

    def _next(self) -> bool:
        if self._is_over:
            return False
        sealed, self._ahead = self._ahead, self._file.read(CHUNK + _TAG)
        is_last = not self._ahead
        chunk = self._open(sealed, is_last)
        if chunk is None:
            if is_last and self._open(sealed, False) is not None:
                raise SealedFileDamaged(f"{self._path} is cut: its end is missing; use another one")
            what = f"chunk {self._number + 1} does not open"
            what += ", and nothing follows it: it was cut or changed" if is_last else ""
            raise SealedFileDamaged(f"{self._path} is damaged ({what}); use another one")
        self._rest, self._is_over = chunk, is_last
        self._number += 1
        return True

    def _open(self, sealed: bytes, is_last: bool) -> bytes | None:
        try:
            return self._cipher.decrypt(_nonce(self._number, is_last), sealed, self._digest)
        except (InvalidTag, ValueError):
            return None


@contextmanager
def opened(path: Path, keys: Keys) -> Iterator[Opener]:
    """The stream inside of `path`. Raises SealedFileDamaged, KeyFault, OSError."""
    with path.open("rb") as file:
        yield Opener(path, file, keys)


def read_about(path: Path) -> dict[str, Any]:
    """What the clear header says, not authenticated. Raises SealedFileDamaged, OSError."""
    with path.open("rb") as file:
        return _header(path, file)[0]


def _header(path: Path, file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    is_ours = file.read(len(_MAGIC)) == _MAGIC
    size = int.from_bytes(file.read(4))
    header = file.read(size) if is_ours and size <= _LONGEST_HEADER else b""
    digest = file.read(32)
    if not header or hashlib.sha256(header).digest() != digest:
        raise SealedFileDamaged(f"{path} is no file of cx backup, or its header is damaged")
    told: dict[str, Any] = json.loads(header)
    return told, digest


def _own_key(keys: Keys, version: int, salt: bytes) -> bytes:
    return hmac.digest(keys.backup(version), b"file" + salt, hashlib.sha256)


def _proof(keys: Keys, version: int, salt: bytes) -> str:
    """Tells a wrong key from a damaged file, without telling the key."""
    return hmac.digest(keys.backup(version), b"proof" + salt, hashlib.sha256).hex()[:32]


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11) + bytes([is_last])
