"""What the last search of an audience's files found clean, and for how long that stands.

Files are named by the hash of their bytes, as they were searched; words that stood in them by keyed
digests, so that a value that becomes known later is looked for in what is not read again. It lies
in the warehouse: whoever can write the published folder cannot make it say anything.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb

from cx_pipeline.release.known import Known
from cx_pipeline.release.shelf import DATABASE, digest_of

_TABLES = """
create schema if not exists ledger;
create table if not exists ledger.searches (
    audience varchar, searched_with varchar, files json, words bigint,
    holds json, patches bigint, redactions varchar
);
create table if not exists ledger.searched_words (audience varchar, word ubigint);
create table if not exists ledger.searched_pairs (audience varchar, one varchar, other varchar);
"""
# Words of texts that are gone stay until there are this many times as many as there were.
_OUTGROWN, _FEW = 2, 10_000


@dataclass(frozen=True)
class Clean:
    """Hashes of files that need no second look, and the database among them, if it is there.

    That may be patched if `is_base`: what it `holds`, and after how many `patches`.
    """

    files: frozenset[str] = frozenset()
    database: Path | None = None
    is_base: bool = False
    holds: Mapping[str, list[str]] = field(default_factory=dict)
    patches: int = 0


NOTHING = Clean()


class _Last(NamedTuple):
    """With what the last search was made, of which files, and of how many words."""

    searched_with: str
    files: str
    words: int
    holds: str
    patches: int
    redactions: str = ""


@dataclass(frozen=True)
class Search:
    """The searches of one audience's files. `told` is all else that a verdict depends on: code,
    contracts, keys.
    """

    con: duckdb.DuckDBPyConnection
    audience: str
    known: Known
    told: Collection[str] = field(repr=False)

    def clean(self, previous: Path | None) -> Clean:
        """What still stands of the last search; `previous` is the publish that is shown now.

        Nothing does where something was searched for otherwise, or where a word of what was shown
        has become known since: all is read then, and the rows that hold it are named.
        """
        last = self._last()
        if last is None or last.searched_with != self._with or self._has_known():
            return NOTHING
        if self._words() > _OUTGROWN * max(last.words, _FEW):
            return NOTHING
        files, holds = frozenset(json.loads(last.files)), json.loads(last.holds)
        database = previous / DATABASE if previous else None
        if database and not (database.is_file() and digest_of(database) in files):
            database = None
        is_base = database is not None and last.redactions == self._redactions()
        return Clean(files, database, is_base, holds, last.patches)

    def record(
        self,
        files: Collection[str],
        clean: Clean,
        holds: Mapping[str, list[str]] | None = None,
        patches: int = 0,
    ) -> None:
        """Write down that these files hold nothing: what was `clean`, and what was read now; and
        what stands in the database after so many patches.
        """
        self.con.execute(_TABLES)
        before = None if clean == NOTHING else self._last()
        self.con.execute("begin transaction")
        gone = ("searches",) if before else ("searches", "searched_words", "searched_pairs")
        for table in gone:
            self.con.execute(f"delete from ledger.{table} where audience = ?", [self.audience])
        self.con.execute(
            """insert into ledger.searched_words
            select $1, word from (select ('0x' || unnest($2::varchar[]))::ubigint as word)
            where word not in (select word from ledger.searched_words where audience = $1)""",
            [self.audience, [token[-16:] for token in self.known.seen.words]],
        )
        self.con.execute(
            """insert into ledger.searched_pairs
            select $1, pair[1], pair[2] from (select unnest($2::varchar[][]) as pair)""",
            [self.audience, [list(pair) for pair in self.known.seen.pairs]],
        )
        words = before.words if before else self._words()
        last = _Last(self._with, json.dumps(sorted(files)), words, json.dumps(holds or {}), patches)
        told = [self.audience, *last._replace(redactions=self._redactions())]
        self.con.execute("insert into ledger.searches values (?, ?, ?, ?, ?, ?, ?)", told)
        self.con.execute("commit")

    def _last(self) -> "_Last | None":
        self.con.execute(_TABLES)
        row = self.con.execute(
            "select * exclude (audience) from ledger.searches where audience = ?", [self.audience]
        ).fetchone()
        return _Last(*row) if row else None

    def _redactions(self) -> str:
        """Changes when texts that were shown may have been redacted again."""
        there = self.con.execute(
            """select 1 from information_schema.tables
            where table_schema = 'landing' and table_name = 'redactions'"""
        ).fetchone()
        query = "select count(*), sum(texts) from landing.redactions"
        return str(self.con.execute(query).fetchone()) if there else ""

    def _words(self) -> int:
        row = self.con.execute(
            "select count(*) from ledger.searched_words where audience = ?", [self.audience]
        ).fetchone()
        return int(row[0]) if row else 0

    @property
    def _with(self) -> str:
        told = [duckdb.__version__, *self.told, *self.known.kinds]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

    def _has_known(self) -> bool:
        """Whether a word, or two words side by side, of what was searched are known by now."""
        row = self.con.execute(
            """select count(*) from ledger.searched_words where audience = ? and word in (
                select try_cast('0x' || unnest(string_split(?, ' ')) as ubigint))""",
            [self.audience, self.known.digests],
        ).fetchone()
        if row is None or row[0]:
            return True
        pairs = self.con.execute(
            "select one, other from ledger.searched_pairs where audience = ?", [self.audience]
        ).fetchall()
        return any(self.known.of_one_record(pairs))
