"""Whether a text holds a value that the vault knows: the second search before anything is shown."""

import json
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.privacy.detectors import clean
from cx_pipeline.privacy.full_names import full_name_columns, logins_in, numbers_in
from cx_pipeline.privacy.known import LOGIN_KINDS
from cx_pipeline.privacy.tokens import Tokenizer

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_NAME = 3
_AT_ONCE = 50_000  # texts whose words are held in memory together


@dataclass(frozen=True)
class Seen:
    """What was looked for and is known of nobody: tokens of words, and of names side by side."""

    words: set[str] = field(default_factory=set, repr=False)
    pairs: set[tuple[str, str]] = field(default_factory=set, repr=False)


@dataclass(frozen=True)
class Known:
    """Searches texts for what the vault holds. Nothing is opened: tokens are compared."""

    vault: Path
    tokenizer: Tokenizer
    con: duckdb.DuckDBPyConnection
    contracts: Sequence[Contract] = ()
    seen: Seen = field(default_factory=Seen)

    @property
    def kinds(self) -> list[str]:
        """The kinds that are looked for: those of which the vault holds anything."""
        return sorted(_kinds(self.vault))

    @property
    def digests(self) -> str:
        """The last 16 hex digits of every token that the vault holds, with spaces between."""
        if not self.vault.exists():
            return ""
        with _opened(self.vault) as con:
            told = con.execute("select group_concat(substr(token, -16), ' ') from sealed")
            return str(told.fetchone()[0] or "")

    def find(self, texts: Sequence[str]) -> dict[int, str]:
        """Kind of the first known value in each text that holds one, by its place in `texts`.

        A single word of a name never counts: it may be any word. A number counts from nine
        digits on, a login or device from six signs of which one is a digit (eight if all are).
        """
        found: dict[int, str] = {}
        held = _kinds(self.vault)
        for start in range(0, len(texts), _AT_ONCE):
            part = self._find(texts[start : start + _AT_ONCE], held)
            found |= {start + place: kind for place, kind in part.items()}
        return found

    def _find(self, texts: Sequence[str], held: Collection[str]) -> dict[int, str]:
        cleaned = [clean(text) for text in texts]
        found = self._names(cleaned)
        found |= self._words("phone", _by_word(_each(numbers_in, cleaned)))
        logins = _by_word(_each(logins_in, cleaned))
        for kind in LOGIN_KINDS:
            if kind in held:
                found |= self._words(kind, logins)
        return found

    def _words(self, kind: str, places: Mapping[str, Sequence[int]]) -> dict[int, str]:
        known = self._known(kind, list(places))
        return {place: kind for word in known for place in places[word]}

    def _known(self, kind: str, words: Sequence[str]) -> dict[str, str]:
        """Token of each word that is a known value of this kind."""
        tokens = self.tokenizer.tokens(kind, words)
        asked = {token for token in tokens if token}
        held = _held(self.vault, asked)
        self.seen.words.update(asked - held)
        return {
            word: token
            for word, token in zip(words, tokens, strict=True)
            if token in held and token
        }

    def _names(self, texts: Sequence[str]) -> dict[int, str]:
        """Full names, told as one value or as neighbours that one record holds."""
        told_by = ((place, self._words_of(text)) for place, text in enumerate(texts))
        words = {place: told for place, told in told_by if len(told) > 1}
        grams = {gram for told in words.values() for gram in _grams(told)}
        known = self._known("name", [" ".join(gram) for gram in grams])
        found: dict[int, str] = {}
        beside: dict[tuple[str, str], set[int]] = {}
        singles = {name for name in known if " " not in name}
        longer = len(singles) < len(known)
        for place, told in words.items():
            if not longer and singles.isdisjoint(told):
                continue
            spans = [
                (start, start + length, name)
                for length in range(1, _LONGEST_NAME + 1)
                for start in range(len(told) - length + 1)
                if (name := " ".join(told[start : start + length])) in known
            ]
            if any(end - start > 1 for start, end, _ in spans):
                found[place] = "name"
            for _, end, before in spans:
                for start, _, after in spans:
                    if start == end:
                        beside.setdefault((known[before], known[after]), set()).add(place)
        self.seen.pairs.update(beside)
        for pair in self.of_one_record(list(beside)):
            found |= dict.fromkeys(beside[pair], "name")
        return found

    def _words_of(self, text: str) -> list[str]:
        """What could be a name: of an id, what stands behind its source; nothing of a UUID."""
        source, _, rest = text.partition("/")
        told = rest if source in self._sources else text
        return [] if _UUID.fullmatch(told) else [word.casefold() for word in _WORD.findall(told)]

    @cached_property
    def _sources(self) -> frozenset[str]:
        return frozenset(contract.source for contract in self.contracts)

    def of_one_record(self, pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Pairs of name tokens that stand in one raw row: first and last name of one person."""
        if not pairs:
            return
        self.con.execute("create or replace temp table named_beside (one varchar, other varchar)")
        marks = ", ".join(["(?, ?)"] * len(pairs))
        told = [token for pair in pairs for token in pair]
        self.con.execute(f"insert into named_beside values {marks}", told)
        for contract in self.contracts:
            columns = full_name_columns(contract)
            for one, other in [*columns, *((last, first) for first, last in columns)]:
                yield from self.con.execute(
                    f"""select distinct one, other from named_beside
                    join raw_{contract.source}."{contract.table}" as raw
                    on raw."{one}" = one and raw."{other}" = other"""
                ).fetchall()
        self.con.execute("drop table named_beside")


def _grams(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Runs of one to three words: what a name may be."""
    return chain.from_iterable(
        zip(*(words[start:] for start in range(length)), strict=False)
        for length in range(1, _LONGEST_NAME + 1)
    )


@contextmanager
def _opened(vault: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{vault.resolve().as_uri()}?mode=ro", uri=True)) as con:
        yield con


def _kinds(vault: Path) -> set[str]:
    """The kinds of which the vault holds anything: no other is worth a search."""
    if not vault.exists():
        return set()
    with _opened(vault) as con:
        return {kind for (kind,) in con.execute("select distinct kind from sealed")}


def _held(vault: Path, tokens: Collection[str]) -> set[str]:
    """Those of the tokens that the vault holds; asked for in one call, as JSON."""
    if not tokens or not vault.exists():
        return set()
    wanted = "select token from sealed where token in (select value from json_each(?))"
    with _opened(vault) as con:
        return {token for (token,) in con.execute(wanted, [json.dumps(list(tokens))])}


def _each(parts: Callable[[str], Iterator[str]], texts: Sequence[str]) -> Iterator[tuple[int, str]]:
    return ((place, part) for place, text in enumerate(texts) for part in parts(text))


def _by_word(words: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    """Places by the word that stands there."""
    places: dict[str, list[int]] = {}
    for place, word in words:
        places.setdefault(word, []).append(place)
    return places
