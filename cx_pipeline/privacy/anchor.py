"""The second place of the audit chain: the hash of each of its lines, in the vault's file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cx_pipeline.privacy.vault_fault import PATIENCE, vault_fault

_SCHEMA = "create table if not exists chain (line integer primary key, hash text not null)"


class Anchor:
    """What the audit chain looked like when it was written.

    Without it, lines that are cut from the chain's end, or a chain that is hashed anew, look
    whole. It cannot prove anything against someone who writes both files: that takes the copy in
    a backup.
    """

    def __init__(self, vault: Path) -> None:
        self._vault = vault

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the vault for one `keep`: taken first, so that no line is written without it.

        Raises LockHeld when a run keeps the vault, KeyFault when it is no vault.
        """
        is_new = not self._vault.exists()
        with self._opened() as con:
            if is_new:
                self._vault.chmod(0o600)
            con.execute("begin immediate")
            con.execute(_SCHEMA)
            yield con
            con.execute("commit")

    @staticmethod
    def keep(con: sqlite3.Connection, line: int, told: str) -> None:
        """Keep the hash of a line. A line that is known already was cut and written anew: the
        first hash stays, and tells."""
        con.execute("insert or ignore into chain values (?, ?)", [line, told])

    def kept(self) -> dict[int, str]:
        """Hash by line; empty before the first act."""
        if not self._vault.exists():
            return {}
        with self._opened() as con:
            if not con.execute("select 1 from sqlite_master where name = 'chain'").fetchall():
                return {}
            return dict(con.execute("select line, hash from chain"))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._vault.parent.mkdir(parents=True, exist_ok=True)
            with closing(
                sqlite3.connect(self._vault, timeout=PATIENCE, isolation_level=None)
            ) as con:
                yield con
        except sqlite3.Error as fault:
            raise vault_fault(self._vault, fault) from None
