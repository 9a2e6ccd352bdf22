"""Which texts may hold anything personal at all: told fast, and never wrongly told to hold none.

A whole block of texts is asked at once where there are many; SQL asks with PREFILTER_SQL.
"""

import re
from collections.abc import Iterator, Sequence

from cx_pipeline.privacy.disguises import DISGUISED, clean, decoded
from cx_pipeline.privacy.shapes import PARTING

# Each begins with a class of signs, which Python finds fast; RE2 and Python read them alike.
_AT_ITS_LEFT = (
    f"[0-9](?:[{PARTING}]{{0,3}}[0-9]){{6}}",
    "[A-Z]{2}[ -]?[0-9]{2}",
    r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",
    "[0-9A-Fa-f]{1,4}::?[0-9A-Fa-f]{1,4}::?[0-9A-Fa-f]{1,4}:?",
    "[0-9A-Fa-f]{3,4}::[0-9A-Fa-f]",
    "[0-9A-Fa-f]{2}-(?:[0-9A-Fa-f]{2}-){4}",
    "[Ii][Bb][Aa][Nn]|[Cc][Nn][Pp][Jj]|[Nn][Ii][Nn][Oo]|(?i:national insurance)",
)
# Beside three or four digits these say that they are a card's security code.
CODE_WORDS = (
    "cvv", "cvc", "cvn", "security code", "seguran", "sicherheitscode", "kartenpr",
    "\u5b89\u5168\u7801", "\u6821\u9a8c\u7801",
)  # fmt: skip
_ANYWHERE = (
    f"(?i:{'|'.join(CODE_WORDS)})",
    "/[0-9A-Z]{4}-?[0-9]{2}",
    r"[(\[{<] ?(?:@|(?i:at|arroba)) ?[)\]}>]",
    " (?:dot|DOT|ponto) ",
)
# A text without a match holds nothing that PATTERNS finds, however it is disguised.
PREFILTER_SQL = "|".join(
    ["@", f"(?:^|[^0-9A-Za-z_])(?:{'|'.join(_AT_ITS_LEFT)})", *_ANYWHERE, DISGUISED]
)
_HINTS = [re.compile(hint) for hint in (*_AT_ITS_LEFT, *_ANYWHERE)]
# Any script's digits and what opens a bracket: before NFKC, which costs more.
_SUSPECT = re.compile("[\\d@&(\\[{<%:\uff20\uff08\u00b2\u00b3\u00b9\u2070-\u2089\u2460-\u249b]")
# Without all signs but these a text is a few bytes, and most texts are told to be nothing by them:
# an address, a bracket, an encoded sign, two colons, six digits, four numbers, a slash and a dash.
_DULL = bytes(set(range(256)) - set(b"0123456789@&()[]{}<>%:./-"))
_TELLING = re.compile(
    rb"[@&]|%[2-7]|[(\[{<][)\]}>]|:[^:]*:|(?:[0-9][^0-9]*){6}|(?:[0-9]+\.){3}|/[^-]*-|(?:-[^-]*){5}"
)
# The commonest values with digits that are nothing: ids, tokens, timestamps, plain numbers.
_PLAIN = re.compile(
    r"(?:v[0-9]{1,3}_)?[0-9a-f]{32}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]{5,15}(?:Z|[+-][0-9:]{2,5})?)?"
    r"|-?[0-9]{1,9}(?:\.[0-9]{1,9})?"
)


# An address in words, a page's, a security code: what no sign tells.
_TELLING_WORDS = (" dot ", " ponto ", "www.", "://", *CODE_WORDS)
_CODE = re.compile(rb"[0-9]{3}")
# Between the texts of a block: DuckDB's texts hardly ever hold it.
_END = "\0"
_DULL_IN_BLOCK = bytes(set(_DULL) - set(_END.encode()))


def doubtful(texts: Sequence[str]) -> Sequence[int]:
    """Places of the texts that `suspect` has to see, or that tell the address of a page."""
    block = _END.join(texts)
    signs = block.encode(errors="surrogatepass").translate(None, _DULL_IN_BLOCK).split(b"\0")
    if len(signs) != len(texts):  # one of them holds the sign that parts them
        return [place for place, text in enumerate(texts) if text]
    telling = {told for told in set(signs) if told and _TELLING.search(told)}
    places = [place for place, told in enumerate(signs) if told in telling] if telling else []
    small = block.lower()
    for word in _TELLING_WORDS:
        places += _holding(small, word)
    if not block.isascii():
        places += [
            n for n, text in enumerate(texts) if not text.isascii() and _SUSPECT.search(text)
        ]
    return sorted(set(places))


def _holding(block: str, word: str) -> Iterator[int]:
    """Places of the block's texts that hold the word."""
    place = last = 0
    at = block.find(word)
    while at >= 0:
        place += block.count(_END, last, at)
        yield place
        last = at
        end = block.find(_END, at)
        at = block.find(word, end) if end >= 0 else -1


def is_in_words(text: str) -> bool:
    """Whether a dot may be written as a word."""
    return " dot " in text or " DOT " in text or " ponto " in text


def tells_code(small: str) -> bool:
    """Whether a word for a security code stands in the text, given in small letters."""
    return any(map(small.__contains__, CODE_WORDS))


def suspect(text: str) -> str | None:
    """The cleaned text if it could hold anything that PATTERNS finds; cheap, never wrongly None."""
    in_words = is_in_words(text)
    if not text.isascii():
        if not (in_words or _SUSPECT.search(text)):
            return None
        text = clean(text)
    signs = text.encode(errors="surrogatepass").translate(None, _DULL)
    telling = in_words or (signs and _TELLING.search(signs))
    if not (telling or (_CODE.search(signs) and tells_code(text.lower()))):
        return None
    if _PLAIN.fullmatch(text):
        return None
    if "%" in text or "&" in text:
        text = decoded(text)
    for hint in _HINTS:
        if hint.search(text):
            return text
    return text if "@" in text else None
