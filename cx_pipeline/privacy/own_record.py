"""What a row says of its own person, found in its texts: names, addresses, numbers, logins.

A text says them its own way: without accents, with the number grouped otherwise or without its
country, the street shortened. Nothing is guessed: only what the record holds is looked for.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from cx_pipeline.privacy.disguises import clean

_WORD = re.compile(r"\w[\w'-]*\w")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_HAN_PLACE = re.compile(r"[\u3400-\u9fff]{1,8}?(?:[省市区县镇乡巷弄]|[路街道][0-9]*号?)")
_PARTS = re.compile(r"[,;\n]+")
_DIGIT = re.compile("[0-9]")
_WITH_E = re.compile("([aou])e")
_ACCENTED = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
_SHORTEST = 3  # a known word of one or two letters would blank common words
_TAIL = 8  # digits of a number that are its own whatever stands before: country, trunk zero
_LEADING = 8  # digits before those, which belong to it
_GAP = 4  # from one sign of a number to the next: up to three signs between
# Words of names and addresses that are words of every text too.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "the and von vom van der den dem des del dos das los las rua ave avenue avenida road "
        "street strasse lane drive place square house floor suite apt apartment box unit room haus "
        "andar bloco casa apto bairro north south east west usa city near mrs",
    )
)
_STREET = re.compile(r"str\b|stra(?:ss|ß)e|\b(?:street|st|avenue|ave|avenida|av|road|rd)\b")
_SHORTER = (
    (re.compile(r"stra(?:ss|ß)e\b"), "str"),
    (re.compile(r"\bstreet\b"), "st"),
    (re.compile(r"\bavenue\b"), "ave"),
    (re.compile(r"\bavenida\b"), "av"),
    (re.compile(r"\broad\b"), "rd"),
)
_LONGER = (
    (re.compile(r"str\b"), "strasse"),
    (re.compile(r"str\b"), "straße"),
    (re.compile(r"\bst\b"), "street"),
    (re.compile(r"\bave\b"), "avenue"),
    (re.compile(r"\bav\b"), "avenida"),
    (re.compile(r"\brd\b"), "road"),
)
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ß": "ss"})


def _base(code: int) -> str:
    sign = unicodedata.normalize("NFD", chr(code))[0].lower()
    return {"ø": "o", "đ": "d", "ł": "l", "ı": "i"}.get(sign, sign)


_BASES = {code: _base(code) for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))}


def fold(text: str) -> str:
    """Small letters without accents, sign for sign: places in it are places in the text."""
    if not text.isascii() and _ACCENTED.search(text):
        text = text.translate(_BASES)
    return text.lower()


class Forms(NamedTuple):
    """How a text may say a value: words, and strings of letters and digits however parted."""

    words: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    number: str = ""


def places_of(text: str, known: Iterable[str | None]) -> list[tuple[int, int]]:
    """(start, end) of all that the cleaned text says of the values; they may overlap."""
    folded = fold(text)
    has_digits = _DIGIT.search(folded) is not None
    values = [value for value in known if value]
    places: list[tuple[int, int]] = []
    for value in values:
        if not has_digits and value.isascii() and value.upper() == value.lower():
            continue  # a number, where the text has none
        forms = _forms(value)
        for word in forms.words:
            if word in folded:
                places += _of_word(folded, word)
        if has_digits and (forms.strings or forms.number):
            places += _however_parted(folded, forms)
    if not folded.isascii():
        places += _of_chinese_names(folded, values)
    return places


def _of_word(folded: str, word: str) -> Iterator[tuple[int, int]]:
    """Where the word stands by itself; Chinese has no spaces, so no end is asked for there."""
    is_han = _HAN.search(word) is not None
    start = folded.find(word)
    while start >= 0:
        end = start + len(word)
        before, after = folded[max(0, start - 1) : start], folded[end : end + 1]
        if is_han or not (_is_letter(before) or _is_letter(after)):
            yield start, end
        start = folded.find(word, start + 1)


def _is_letter(sign: str) -> bool:
    return (sign.isalnum() or sign == "_") and not _HAN.match(sign)


def _however_parted(folded: str, forms: Forms) -> Iterator[tuple[int, int]]:
    if forms.number:
        yield from _of_string(folded, "0123456789", forms.number, _LEADING)
    for string in forms.strings:
        yield from _of_string(folded, "", string, 0)


def _of_string(folded: str, signs: str, wanted: str, before: int) -> Iterator[tuple[int, int]]:
    """Where the wanted signs follow each other with little between; up to `before` more lead."""
    at = [n for n, sign in enumerate(folded) if (sign in signs if signs else sign.isalnum())]
    joined = "".join([folded[n] for n in at])
    first = joined.find(wanted)
    while first >= 0:
        last = first + len(wanted) - 1
        near = all(at[n + 1] - at[n] <= _GAP for n in range(first, last))
        begin = first
        while before and begin > max(0, first - before) and at[begin] - at[begin - 1] <= _GAP:
            begin -= 1
        start, end = at[begin], at[last] + 1
        start -= before > 0 and start > 0 and folded[start - 1] in "+("
        whole = folded[start:end]
        outside = _is_letter(folded[end : end + 1]) or (
            not before and start > 0 and _is_letter(folded[start - 1])
        )
        if near and not (outside or (signs and any(map(str.isalpha, whole)))):
            yield start, end
        first = joined.find(wanted, first + 1)


def _of_chinese_names(folded: str, values: list[str]) -> Iterator[tuple[int, int]]:
    """A Chinese name is written without a space: family name, then given name, of two columns."""
    names = [value.strip() for value in values if _HAN.fullmatch(value.strip())]
    for one, other in permutations(names, 2):
        yield from _of_word(folded, one + other)


@lru_cache(maxsize=65_536)
def _forms(value: str) -> Forms:
    told = clean(value).strip().lower()
    if "@" in told:
        words = {told, told.partition("@")[0]}
        return Forms(tuple(fold(word) for word in words if len(word) >= _SHORTEST))
    digits = "".join(_DIGIT.findall(told))
    if not any(sign.isalpha() for sign in told):
        number = digits[-_TAIL:] if len(digits) >= _TAIL - 1 else ""
        words = {told, digits} if len(digits) >= _SHORTEST else set()
        return Forms(tuple(words), number=number)
    words = {told, *_HAN.findall(told), *(_HAN_PLACE.findall(told) if digits else ())}
    words |= {word for word in _WORD.findall(told) if word not in _COMMON}
    spoken = {way for word in words if len(word) >= _least(word) for way in _ways(word)}
    parts = {told, *_PARTS.split(told)} if len(digits) >= 1 else set()
    strings = {re.sub(r"[\W_]+", "", way) for part in parts for way in _ways(part)}
    return Forms(
        tuple(sorted(spoken)),
        tuple(s for s in strings if len(s) >= 6 and _DIGIT.search(s) and not s.isdecimal()),
    )


def _least(word: str) -> int:
    return 2 if _HAN.search(word) else _SHORTEST


def _ways(word: str) -> set[str]:
    """Spellings of one word, folded: accents dropped or spelled out, the street shortened."""
    ways = {fold(word)}
    if not word.isascii():
        ways.add(fold(word.translate(_SPELLED_OUT)))
    ways |= {_WITH_E.sub(r"\1", way) for way in ways}
    ways |= {way.replace("ss", "ß") for way in ways if "ss" in way}
    if _STREET.search(word):
        for endings in (_SHORTER, _LONGER):
            ways |= {ending.sub(other, way) for way in ways for ending, other in endings}
    return ways
