"""The vault: what stands behind each token, sealed, in a file of its own beside the warehouse."""

import os
import sqlite3
import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cx_pipeline.privacy.keys import KeyFault, Keys
from cx_pipeline.privacy.vault_fault import PATIENCE, vault_fault

_NONCE = 12
_RANDOM = struct.Struct(f"32s{_NONCE}s{_NONCE}s")  # of one value: data key and two nonces
_ASK = 500
_REMEMBERED = 500_000  # tokens, about 60 MB: of more the file is asked
_CACHE_KB = 32 << 10  # tokens fall anywhere: what does not fit is written and read again

_SCHEMA = """
create table if not exists sealed (
    token text primary key, kind text not null, key_version integer not null,
    wrapped_key blob not null, value blob not null
) without rowid;
create table if not exists proofs (key_version integer primary key, proof text not null);
"""


TokensOf = Callable[[str, Sequence[str]], Sequence[str | None]]


class Vault:
    """Token to sealed value (AES-GCM).

    Each value has a random data key, wrapped by a master key that is derived from the key file:
    to destroy the wrapped key is to forget the value. Sealing again what is known changes nothing.
    """

    def __init__(self, path: Path, keys: Keys) -> None:
        self._path = path
        self._keys = keys
        self._master = {version: AESGCM(keys.master(version)) for version in keys.versions}
        self._lock = Lock()
        self._known: set[str] = set()
        self.sealed_anew = 0  # values that were not held before
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._con = sqlite3.connect(
                path, timeout=PATIENCE, check_same_thread=False, isolation_level=None
            )
            self._con.execute("pragma secure_delete = on")
            self._con.execute("pragma journal_mode = truncate")
            self._con.execute(f"pragma cache_size = -{_CACHE_KB}")
            self._con.executescript(_SCHEMA)
            self._began_empty = not self._con.execute("select 1 from sealed limit 1").fetchall()
            path.chmod(0o600)
            self._prove(path)
        except (OSError, sqlite3.Error) as broken:
            raise vault_fault(path, broken) from None

    def _prove(self, path: Path) -> None:
        known = dict(self._con.execute("select key_version, proof from proofs"))
        for version in self._keys.versions:
            if known.get(version, self._keys.proof(version)) != self._keys.proof(version):
                self.close()
                raise KeyFault(
                    f"the key is not the one that {path} was made with (version {version}): "
                    "nothing was read; give the right key"
                )
        if lost := sorted(set(known) - set(self._keys.versions)):
            self.close()
            raise KeyFault(
                f"the key lacks version {lost[0]}, with which {path} holds values: nothing was "
                "read; add its line again"
            )
        new = [(v, self._keys.proof(v)) for v in self._keys.versions if v not in known]
        if new:
            self._con.executemany("insert into proofs values (?, ?)", new)

    def seal(self, kind: str, pairs: Iterable[tuple[str, str]]) -> int:
        """Seal (token, value) pairs that are not in the vault yet; returns how many were new.

        They are kept when `commit` is called, or at the end of the `with` block if it ends well.
        """
        with self._lock:
            known = self._known
            wanted = {token: value for token, value in pairs if token not in known}
            if wanted and not self._began_empty:  # else all that it holds is known
                for token in self._present(sorted(wanted)):
                    known.add(token)
                    del wanted[token]
            if wanted and not self._con.in_transaction:
                self._con.execute("begin immediate")
            self._con.executemany(
                "insert or ignore into sealed values (?, ?, ?, ?, ?)", self._rows(kind, wanted)
            )
            known.update(wanted)
            if len(known) > _REMEMBERED:
                known.clear()
                self._began_empty = False
            self.sealed_anew += len(wanted)
            return len(wanted)

    def held(self, tokens: Iterable[str]) -> set[str]:
        """Those of the tokens that the vault has ever held, opened or not."""
        with self._lock:
            return set(self._present(sorted(set(tokens))))

    def commit(self) -> None:
        """Write what was sealed to the disk."""
        with self._lock:
            if self._con.in_transaction:
                self._con.execute("commit")

    def open(self, token: str) -> str | None:
        """The value behind a token; None when the vault never held it, or holds it no more."""
        row = self._con.execute(
            "select key_version, wrapped_key, value from sealed where token = ?", [token]
        ).fetchone()
        if row is None or not row[1]:
            return None
        version, wrapped, value = row
        told = token.encode()
        try:
            key = self._master[version].decrypt(wrapped[:_NONCE], wrapped[_NONCE:], told)
            return AESGCM(key).decrypt(value[:_NONCE], value[_NONCE:], told).decode()
        except (InvalidTag, ValueError, KeyError):
            raise KeyFault(f"the vault's entry of {token} does not open; restore a copy") from None

    @property
    def version(self) -> int | None:
        """The key version that its values are sealed with: one for all; None while it is empty."""
        row = self._con.execute("select key_version from sealed limit 1").fetchone()
        return int(row[0]) if row else None

    def anew(self, path: Path, keys: Keys, tokens_of: TokensOf) -> dict[str, str]:
        """Write a vault of the current key alone at `path`; returns the new token of each old one.

        Every value gets a data key of its own again. What was destroyed does not come along; the
        audit chain's hashes do. Raises KeyFault when a value does not open.
        """
        made: dict[str, str] = {}
        path.unlink(missing_ok=True)
        rows = self._con.execute(
            "select kind, token from sealed where wrapped_key <> x'' order by kind, token"
        ).fetchall()
        with Vault(path, Keys({keys.current: keys.token_key()})) as other:
            for kind, group in groupby(rows, key=itemgetter(0)):
                old = [token for _, token in group]
                values = [self.open(token) or "" for token in old]
                new = [token or "" for token in tokens_of(kind, values)]
                other.seal(kind, zip(new, values, strict=True))
                made |= zip(old, new, strict=True)
        if "" in made.values():
            raise KeyFault(f"an entry of {self._path} gives no token; restore a copy of it")
        with closing(sqlite3.connect(path)) as con:
            con.execute("attach ? as old", [str(self._path)])
            if con.execute("select 1 from old.sqlite_master where name = 'chain'").fetchall():
                con.execute("create table chain (line integer primary key, hash text not null)")
                con.execute("insert into chain select * from old.chain")
            con.commit()
        return made

    def kind(self, token: str) -> str | None:
        """Of what kind the value behind a token is; None when the vault never held it."""
        row = self._con.execute("select kind from sealed where token = ?", [token]).fetchone()
        return str(row[0]) if row else None

    def values(self, kinds: Collection[str]) -> Iterator[tuple[str, str, str]]:
        """(kind, token, value) of everything of these kinds that can be opened."""
        marks = ",".join("?" * len(kinds))
        query = f"select kind, token from sealed where wrapped_key <> x'' and kind in ({marks})"
        for kind, token in self._con.execute(query, list(kinds)).fetchall():
            if (value := self.open(token)) is not None:
                yield kind, token, value

    def drop(self, tokens: Iterable[str]) -> None:
        """Forget values that no row holds any more, and that may be sealed again one day."""
        with self._lock:
            wanted = [(token,) for token in sorted(set(tokens))]
            if wanted and not self._con.in_transaction:
                self._con.execute("begin immediate")
            self._con.executemany("delete from sealed where token = ?", wanted)
            self._known -= {token for (token,) in wanted}

    def destroy(self, tokens: Iterable[str]) -> int:
        """Forget the values of tokens for good, when `commit` is called; returns how many.

        Their data keys and values are overwritten. The tokens stay, so that a value that is
        delivered again is not sealed again.
        """
        with self._lock:
            held = sorted(self._present(sorted(set(tokens))))
            if held and not self._con.in_transaction:
                self._con.execute("begin immediate")
            self._con.executemany(
                "update sealed set wrapped_key = x'', value = x'' where token = ?",
                [(token,) for token in held],
            )
            return len(held)

    def is_destroyed(self, token: str) -> bool:
        """Whether the vault held the token's value once and cannot open it any more."""
        query = "select 1 from sealed where token = ? and wrapped_key = x''"
        return bool(self._con.execute(query, [token]).fetchall())

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> "Vault":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.commit()
        self.close()

    def _present(self, tokens: Sequence[str]) -> Iterator[str]:
        for start in range(0, len(tokens), _ASK):
            part = tokens[start : start + _ASK]
            marks = ",".join("?" * len(part))
            query = f"select token from sealed where token in ({marks})"
            yield from (token for (token,) in self._con.execute(query, part))

    def _rows(
        self, kind: str, values: Mapping[str, str]
    ) -> Iterator[tuple[str, str, int, bytes, bytes]]:
        """Rows in the order of their tokens, so that the file grows page by page."""
        version = self._keys.current
        wrap = self._master[version].encrypt
        random = os.urandom(_RANDOM.size * len(values))
        own = _RANDOM.iter_unpack(random)
        for token, (key, one, two) in zip(sorted(values), own, strict=True):
            told = token.encode()
            sealed = AESGCM(key).encrypt(two, values[token].encode(), told)
            yield token, kind, version, one + wrap(one, key, told), two + sealed
