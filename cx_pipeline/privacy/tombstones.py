"""Tombstones: what was erased and must never be stored again, known without its clear text."""

import hashlib
import hmac
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from cx_pipeline.privacy.keys import KeyFault
from cx_pipeline.privacy.normalise import KINDS, normalise
from cx_pipeline.privacy.vault_fault import PATIENCE
from cx_pipeline.settings import Settings

_SIZE = 32
_SCHEMA = """
create table if not exists tombstones (
    digest blob primary key, request text not null, laid_at text not null
) without rowid;
create table if not exists proof (proof text primary key);
"""
# (kind, value) of an identifier; a plain id has `<source>.<column>` as its kind.
Identifier = tuple[str, str]


class Tombstones:
    """Digests of erased identifiers, under a key of their own that is never rotated.

    Neither the token keys nor the vault are needed to recognise a value, so that an erasure holds
    after a rotation and after a restore. The file and its key are backed up apart from the rest.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key
        self._laid: frozenset[bytes] = frozenset()
        if path.exists():
            self._laid = self._read()

    @classmethod
    def of(cls, settings: Settings, *, make_key: bool = False) -> "Tombstones":
        """The tombstones of a home; none without a file. Raises KeyFault when the key is wrong."""
        path, key = settings.tombstones_file, settings.tombstone_key_file
        if not path.exists() and not key.exists():
            if not make_key:
                return cls(path, b"")
            key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.urandom(_SIZE))
        try:
            told = key.read_bytes()
        except OSError:
            raise KeyFault(
                f"tombstone key {key} cannot be read: nothing was read, for who was erased would "
                "come back; put the key back"
            ) from None
        if len(told) != _SIZE:
            raise KeyFault(f"tombstone key {key} is not {_SIZE} bytes; put the right key back")
        return cls(path, told)

    def __len__(self) -> int:
        return len(self._laid)

    def lay(self, identifiers: Iterable[Identifier], request: str, at: str) -> int:
        """Lay a tombstone for each identifier, on the disk when this returns; how many are new."""
        wanted = {self._digest(kind, value) for kind, value in identifiers}
        new = sorted(wanted - self._laid - {b""})
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._opened()) as con:
            con.executescript(_SCHEMA)
            self._path.chmod(0o600)
            con.execute("begin immediate")
            con.execute("insert or ignore into proof values (?)", [self._proof()])
            con.executemany(
                "insert or ignore into tombstones values (?, ?, ?)",
                [(digest, request, at) for digest in new],
            )
            con.execute("commit")
        self._laid |= set(new)
        return len(new)

    def found(self, kind: str, values: Iterable[str]) -> set[str]:
        """Those of the values, in any spelling, that a tombstone lies on."""
        if not self._laid:
            return set()
        return {value for value in values if self._digest(kind, value) in self._laid}

    def _digest(self, kind: str, value: str) -> bytes:
        plain = normalise(kind, value) if kind in KINDS else value.strip()
        if not plain:
            return b""
        told = f"{kind}\x1f{plain}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, told, hashlib.sha256)[:16]

    def _proof(self) -> str:
        return hmac.digest(self._key, b"cx-pipeline tombstone key", hashlib.sha256).hex()[:32]

    def _read(self) -> frozenset[bytes]:
        try:
            with closing(self._opened()) as con:
                proofs = {proof for (proof,) in con.execute("select proof from proof")}
                laid = frozenset(
                    digest for (digest,) in con.execute("select digest from tombstones")
                )
        except sqlite3.Error as fault:
            raise KeyFault(
                f"tombstones {self._path} cannot be read ({fault}): nothing was read, for who was "
                "erased would come back; put their last copy back"
            ) from None
        if proofs != {self._proof()}:
            raise KeyFault(
                f"the tombstone key is not the one that {self._path} was made with: nothing was "
                "read, for who was erased would come back; put the right key back"
            )
        return laid

    def _opened(self) -> sqlite3.Connection:
        con = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)
        con.execute("pragma synchronous = full")
        return con
