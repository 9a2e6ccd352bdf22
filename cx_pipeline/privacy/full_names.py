"""Full names, numbers and logins as texts say them: one spelling for all who look for them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cx_pipeline.contracts import Contract
from cx_pipeline.privacy.disguises import clean
from cx_pipeline.privacy.own_record import fold

LONGEST = 6  # words of a name
NEAR = 3  # signs between two words of one name, or two marks that become one
_CJK = r"\u3400-\u9fff\uac00-\ud7a3"
# Ranges, since a class such as [^\W\d_] costs four times as much.
_LETTERS = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0370-\u1fff\u3041-\u30ff"
_WORD = re.compile(rf"[{_LETTERS}]+(?:['\u2019][{_LETTERS}]+)*")
_MARK = re.compile(r"\[[a-z_]{2,12}\]")
# Signs and titles that part what a Chinese text says: no name goes across them.
_CJK_WORD = re.compile(
    "(?:(?![的了是叫我你他她们吗呢吧啊呀请被把给]|先生|女士|小姐|太太|经理|老师)"
    rf"[{_CJK}])+"
)
_CJK_BEGINS = 2
_CJK_NAME = re.compile(rf"[{_CJK}]{{2,4}}")
_ODD = re.compile(
    "[\u00ad\u0300-\u036f\u180e\u200b-\u200f\u2060-\u2064\ufeff]"
    "|[\uff10-\uff19\uff20-\uff3a\uff41-\uff5a\uff66-\uff9f]|[^\u0000-\uffff]"
)
_TITLES = frozenset(
    re.findall(
        r"\w+",
        "mr mrs ms miss mx dr prof sir madam herr frau hr fr sr sra srta senor senora dona dom "
        "monsieur madame mme mlle jr",
    )
)
_WITH_E = re.compile("([aou])e+")
_GENITIVE = re.compile("(?:'s)+$")
NUMBER = re.compile(r"\+?[0-9(](?:[ \u00a0().\-/]{0,3}[0-9]){6,}")
_LOGIN = re.compile(r"[\w.+-]*[0-9][\w.+-]*")
# What is replaced as one: a login, an address, or a number however it is grouped. Whole words are
# in it, so that what is left of a text has no words that were not there before.
_SIGN = rf"[0-9{_LETTERS}_.+@'\u2019-]"
_ATOM = re.compile(
    rf"(?<!{_SIGN})(?={_SIGN}*[{_LETTERS}_])(?={_SIGN}*[0-9@]){_SIGN}{{6,}}"
    rf"|(?<![0-9{_LETTERS}_]){NUMBER.pattern}(?!{_SIGN}*[{_LETTERS}_])(?![0-9])"
)
_HAS_ATOM = re.compile("[0-9@]")
_PAIRS = (("first", "last"), ("given", "family"))


class Span(NamedTuple):
    """A part of a text, and what it says."""

    start: int
    stop: int
    told: str


@lru_cache(maxsize=65_536)
def spelled(word: str) -> str:
    """One spelling a word: small, no accents, umlauts as their vowel, no genitive."""
    told = fold(clean(word).replace("\u2019", "'"))
    return _WITH_E.sub(r"\1", _GENITIVE.sub("", told).replace("ß", "ss"))


def full_names(value: str) -> tuple[tuple[str, ...], ...]:
    """The word sequences by which a text may name this person; none for a single word.

    Two to six words without titles, and of more than two the first with the last; or a Chinese or
    Korean name of two to four signs, which is one word.
    """
    told = clean(value).strip()
    signs = "".join(told.split())
    if _CJK_NAME.fullmatch(signs):
        return ((signs,),)
    words = tuple(w for w in map(spelled, _WORD.findall(told)) if w not in _TITLES)
    if not 2 <= len(words) <= LONGEST or min(len(words[0]), len(words[-1])) < 2:
        return ()
    return (words,) if len(words) == 2 else (words, (words[0], words[-1]))


def told_as(words: Sequence[str]) -> str:
    """The name in one text; two words stand for both their orders."""
    return " ".join(sorted(words) if len(words) == 2 else words)


def full_name_columns(contract: Contract) -> list[tuple[str, str]]:
    """Pairs of name columns that together hold a full name: first_name with last_name.

    A table with but two name columns has them in whatever words.
    """
    names = [
        column.name
        for column in contract.pii_columns
        if column.pii and column.pii.kind == "name" and column.pii.action == "token"
    ]
    pairs = [
        (name, other)
        for name in names
        for first, last in _PAIRS
        if first in name and (other := name.replace(first, last)) in names
    ]
    return pairs or ([(names[0], names[1])] if len(names) == 2 else [])


def words_in(text: str) -> list[str]:
    """Words of a text that could be of a name, as they stand there."""
    return _WORD.findall(text)


def name_words(text: str, is_word: Mapping[str, bool]) -> list[Span]:
    """Words of known names, spelled; nothing of what was replaced before."""
    marks = [match.span() for match in _MARK.finditer(text)] if "[" in text else []
    return [
        Span(found.start(), found.end(), spelled(found.group()))
        for found in _WORD.finditer(text)
        if is_word[found.group()]
        and not any(start <= found.start() < stop for start, stop in marks)
    ]


def is_odd(text: str) -> bool:
    """Whether words of the text may only be seen when it is cleaned."""
    return not text.isascii() and _ODD.search(text) is not None


def first_words(words: tuple[str, ...]) -> set[str]:
    """What a text is first asked for: the words; of a Chinese name its first two signs."""
    return {words[0][:_CJK_BEGINS]} if len(words) == 1 else set(words)


def cjk_words(text: str) -> list[Span]:
    """Runs of Chinese or Korean signs between those that no name goes across."""
    return [] if text.isascii() else [Span(*m.span(), m.group()) for m in _CJK_WORD.finditer(text)]


def cjk_names(word: str, begins: Mapping[str, bool]) -> Iterator[str]:
    """What may be a name in a run: three or four signs anywhere, two only if they are all of it."""
    for start in range(len(word) - _CJK_BEGINS + 1):
        if begins[word[start : start + _CJK_BEGINS]]:
            if len(word) == _CJK_BEGINS:
                yield word
            yield from (word[start : start + n] for n in (3, 4) if start + n <= len(word))


def atoms(text: str) -> list[Span]:
    """Logins, addresses and numbers of a text."""
    if not _HAS_ATOM.search(text):
        return []
    return [Span(*found.span(), found.group()) for found in _ATOM.finditer(text)]


def numbers_in(text: str) -> Iterator[str]:
    """Numbers of nine digits or more, as told and as bare digits with and without a plus."""
    for match in NUMBER.finditer(text):
        told = match.group()
        for number in {told, *re.findall("[0-9]+", told)}:
            digits = re.sub("[^0-9]", "", number)
            if len(digits) >= 9:
                yield from (number, digits, f"+{digits}")


def logins_in(text: str) -> Iterator[str]:
    """Words of six signs with a digit, eight if all are digits, as told and in capitals."""
    for word in _LOGIN.findall(text):
        bare = word.strip(".+-")
        if len(bare) >= (8 if bare.isdecimal() else 6):
            yield bare
            if not bare.isupper() and not bare.isdecimal():
                yield bare.upper()


def are_near(text: str, stop: int, start: int) -> bool:
    """Whether but a few signs, none of them a letter or a bracket, are between two places."""
    between = text[stop:start]
    return len(between) <= NEAR and not any(s.isalpha() or s in "[]" for s in between)


def runs(text: str, words: list[Span]) -> Iterator[list[Span]]:
    """The words in runs of neighbours."""
    run = words[:1]
    for one, other in pairwise(words):
        if not are_near(text, one.stop, other.start):
            yield run
            run = []
        run.append(other)
    if run:
        yield run
