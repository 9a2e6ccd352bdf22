"""What is known of persons by any source, found in every text: names, logins, numbers, addresses.

A stored text is a function of what was delivered and of all that is known, in whatever order both
came: what was replaced before is never needed again. Two names that overlap ("Anna Maria", "Maria
Vogel") would break that, so a word beside a replaced one goes too when it is a word of any name.
"""

import hashlib
import hmac
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from cx_pipeline.privacy.disguises import clean
from cx_pipeline.privacy.full_names import (
    atoms,
    cjk_names,
    cjk_words,
    first_words,
    full_names,
    is_odd,
    logins_in,
    numbers_in,
    spelled,
    told_as,
    words_in,
)
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.known_parts import Parts
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.privacy.vault_fault import PATIENCE, vault_fault

LOGIN_KINDS = ("account", "device", "national_id")
_ASK = 500
_A_DIGIT, _A_NAME = 1, 2
_REMEMBERED = 200_000  # spellings of words, about 20 MB: more are made again
_SCHEMA = """
create table if not exists names (
    source blob primary key, names blob not null, words blob not null
) without rowid;
create table if not exists name_digests (digest blob primary key, sources integer) without rowid;
create table if not exists word_digests (digest blob primary key, sources integer) without rowid;
create table if not exists state (key_version integer, through text);
"""
_NAME, _WORD, _SOURCE = 16, 8, 12  # bytes of a digest

# (tokens that say who it is, in one text; the name itself).
Named = tuple[str, str]


class Known:
    """Full names as keyed digests in a file of its own; all else is known by the vault's tokens.

    The digests are made with the current key: after a rotation, and where the file is missing,
    they are made again from the vault (`is_through` is False then).
    """

    def __init__(self, path: Path, keys: Keys, vault: Vault) -> None:
        self._path, self._vault, self._version = path, vault, keys.current
        key = hmac.digest(keys.token_key(), b"cx-pipeline known names", hashlib.sha256)
        self._begun = {
            kind: hashlib.blake2b(key=key, person=kind.encode(), digest_size=16)
            for kind in ("source", "name", "word")
        }
        self._tokenizer = Tokenizer(keys)
        self._lock = Lock()
        self._added: set[str] = set()
        self._is_word = _Memory(self.is_name_word)
        self._signs = _Memory(self.sign_of)
        self._words: set[bytes] | None = None
        self.names_anew = self._searched = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._con = sqlite3.connect(
                path, timeout=PATIENCE, check_same_thread=False, isolation_level=None
            )
            self._con.execute("pragma secure_delete = on")
            self._con.execute("pragma journal_mode = truncate")
            self._con.executescript(_SCHEMA)
            path.chmod(0o600)
        except (OSError, sqlite3.Error) as broken:
            raise vault_fault(path, broken) from None

    # ---- how far it has come -----------------------------------------------------------------

    def is_through(self, place: str) -> bool:
        """Whether every text up to this place of the warehouse was searched for all it knows."""
        return self._con.execute("select * from state").fetchall() == [(self._version, place)]

    def set_through(self, place: str) -> None:
        """All texts were searched; on the disk when this returns."""
        with self._lock:
            self._begin()
            self._con.execute("delete from state")
            self._con.execute("insert into state values (?, ?)", [self._version, place])
            self._con.execute("commit")
            self._searched = self._anew

    def begin_anew(self) -> None:
        """Forget what another key made."""
        with self._lock:
            if self._con.execute("select key_version from state").fetchall() != [(self._version,)]:
                self._begin()
                for table in ("names", "name_digests", "word_digests", "state"):
                    self._con.execute(f"delete from {table}")
                self._con.execute("commit")
                self._learned()

    @property
    def has_new(self) -> bool:
        """Whether anything became known since this was opened, or all texts were searched."""
        return self._anew > self._searched

    @property
    def _anew(self) -> int:
        return self.names_anew + self._vault.sealed_anew

    # ---- what is known -----------------------------------------------------------------------

    def add(self, named: Iterable[Named]) -> None:
        """Names that stand in rows; kept when `commit` is called."""
        wanted = {source: name for source, name in named if source not in self._added}
        if not wanted:
            return
        told = {self._digest("source", source, _SOURCE): name for source, name in wanted.items()}
        with self._lock:
            held = {row[0] for row in self._held_sources(list(told))}
            rows = []
            for source, name in told.items():
                if source not in held and (ways := full_names(name)):
                    names = [self._digest("name", told_as(words), _NAME) for words in ways]
                    words = {
                        self._digest("word", w, _WORD) for way in ways for w in first_words(way)
                    }
                    rows.append((source, b"".join(names), b"".join(sorted(words))))
            if rows:
                self._begin()
                self._con.executemany("insert into names values (?, ?, ?)", rows)
                self._count(rows, 1)
                self.names_anew += len(rows)
                self._learned()
            self._added.update(wanted)

    def forget(self, sources: Iterable[str]) -> None:
        """Names of which no row is left; gone from the disk when `commit` is called."""
        told = sorted({self._digest("source", source, _SOURCE) for source in sources})
        with self._lock:
            rows = list(self._held_sources(told))
            self._begin()
            self._con.executemany("delete from names where source = ?", [(r[0],) for r in rows])
            self._count(rows, -1)
            for table in ("name_digests", "word_digests"):
                self._con.execute(f"delete from {table} where sources <= 0")
            self._learned()
            self._added.clear()

    def commit(self) -> None:
        """Write what was added or forgotten to the disk: before the vault is committed.

        It is noted that texts have to be searched, so that a run that is cut off is made good.
        """
        with self._lock:
            if self.has_new:
                self._begin()
                self._con.execute("update state set through = ''")
            if self._con.in_transaction:
                self._con.execute("commit")
                self._learned()  # a thread may have noted what was so before

    # ---- texts -------------------------------------------------------------------------------

    def redact(self, texts: Sequence[str | None]) -> list[str | None]:
        """Each text with `[person]` for what is known, however often that is done."""
        made = list(texts)
        maybe = {n: clean(text) for n, text in enumerate(texts) if text and self._may_hold(text)}
        if not maybe:
            return made
        parts = {n: Parts(text, self._is_word) for n, text in maybe.items()}
        names = self._known_names({name for part in parts.values() for name in part.names})
        told = self._known_atoms({atom.told for part in parts.values() for atom in part.atoms})
        for n, part in parts.items():
            if (text := part.without(names, told)) is not None:
                made[n] = text
        return made

    def _may_hold(self, text: str) -> bool:
        """Cheap, and never wrongly False: most texts name nobody."""
        most = max(map(self._signs.__getitem__, text.split()), default=0)
        return most > _A_DIGIT or (most == _A_DIGIT and bool(atoms(text)))

    def sign_of(self, word: str) -> int:
        """What a word between two spaces may be a part of: a known name, a number, or nothing."""
        is_word = self._is_word
        if is_odd(word) or atoms(word) or any(is_word[told] for told in words_in(word)):
            return _A_NAME
        if any(True for run in cjk_words(word) for _ in cjk_names(run.told, is_word)):
            return _A_NAME
        return _A_DIGIT if any(map(str.isdecimal, word)) else 0

    def is_name_word(self, word: str) -> bool:
        """Whether it is a word of any known name, in any spelling."""
        words = self._words
        if words is None:
            with self._lock:
                told = self._con.execute("select digest from word_digests").fetchall()
                self._words = words = {digest for (digest,) in told}
        return self._digest("word", spelled(word), _WORD) in words

    def _known_names(self, names: Iterable[str]) -> set[str]:
        told = {self._digest("name", name, _NAME): name for name in names}
        query = "select digest from name_digests where digest in ({})"
        with self._lock:
            return {told[digest] for (digest,) in self._asked(query, list(told))}

    def _known_atoms(self, told: set[str]) -> set[str]:
        """Logins, numbers and addresses that the vault holds under any kind."""
        ways: dict[str, set[str]] = {}

        def note(kind: str, forms: Sequence[str], atom: str) -> None:
            for token in self._tokenizer.tokens(kind, forms):
                if token:
                    ways.setdefault(token, set()).add(atom)

        for atom in told:
            logins = list(logins_in(atom))
            for kind in LOGIN_KINDS:
                note(kind, logins, atom)
            note("phone", list(numbers_in(atom)), atom)
            if "@" in atom:
                note("email", [atom.strip(".+-_'\u2019")], atom)
        return {atom for token in self._vault.held(ways) for atom in ways[token]}

    # ---- the file ----------------------------------------------------------------------------

    def _learned(self) -> None:
        self._words = None
        self._is_word.clear()
        self._signs.clear()

    def _digest(self, kind: str, told: str, size: int) -> bytes:
        made = self._begun[kind].copy()  # its key is hashed once: half the time
        made.update(told.encode("utf-8", "surrogatepass"))
        return made.digest()[:size]

    def _held_sources(self, sources: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
        yield from self._asked("select * from names where source in ({})", sources)

    def _asked(self, query: str, values: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
        for start in range(0, len(values), _ASK):
            part = values[start : start + _ASK]
            yield from self._con.execute(query.format(",".join("?" * len(part))), part).fetchall()

    def _count(self, rows: Iterable[tuple[bytes, ...]], change: int) -> None:
        for table, place, size in (("name_digests", 1, _NAME), ("word_digests", 2, _WORD)):
            counted = Counter(digest for row in rows for digest in _cut(row[place], size))
            self._con.executemany(
                f"insert into {table} values (?1, ?2) "
                "on conflict do update set sources = sources + ?2",
                sorted((digest, change * count) for digest, count in counted.items()),
            )

    def _begin(self) -> None:
        if not self._con.in_transaction:
            self._con.execute("begin immediate")

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> "Known":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.commit()
        self.close()


class _Memory(dict[str, Any]):
    """Answers for words as texts write them: each is asked for once."""

    def __init__(self, answer: Callable[[str], Any]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, word: str) -> Any:
        if len(self) > _REMEMBERED:
            self.clear()
        told = self[word] = self._answer(word)
        return told


def _cut(digests: bytes, size: int) -> Iterator[bytes]:
    yield from (digests[start : start + size] for start in range(0, len(digests), size))
