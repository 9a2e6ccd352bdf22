"""Texts as they were meant: full-width signs, signs nobody sees, and encoded ones undone."""

import html
import re
import unicodedata

# Between letters and digits only: elsewhere they join what belongs together, as in an emoji.
# It begins with a class of signs, which Python finds fast, and looks back after the first.
_UNSEEN = re.compile(
    r"(?s)[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff](?<=[\w@.+() -].)"
    r"[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]*(?=[\w@.+() -])"
)
_PERCENT = re.compile("%([2-7][0-9A-Fa-f])")
_ENTITY = re.compile(r"&(?:#[0-9]{2,6}|#[xX][0-9A-Fa-f]{2,5}|commat|period|plus|nbsp|lowbar);")
_ROUNDS = 3  # encoded twice happens where an address of a page stands in another one

# What may hide a value from a pattern that reads the text as it stands; RE2 reads it too.
DISGUISED = (
    "%[2-7][0-9A-Fa-f]|&(?:#|commat|period|plus)"
    "|[\u00ad\u00b2\u00b3\u00b9\u180e\u200b-\u200f\u2060-\u2064\u2070-\u2089\u2460-\u249b\ufeff]"
    "|[\uff10-\uff19\uff20-\uff3a\uff41-\uff5a]"
)


def clean(text: str) -> str:
    """NFKC, so that full-width digits and letters are seen as what they are; nothing unseen."""
    if text.isascii():
        return text
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def unescaped(text: str) -> str:
    """The text with HTML's entities for the signs of addresses as these signs."""
    return _ENTITY.sub(lambda code: html.unescape(code[0]), text) if "&" in text else text


def decoded(text: str) -> str:
    """The text without percent-encoding (ASCII signs only) and HTML's entities."""
    for _ in range(_ROUNDS):
        before = text
        text = _PERCENT.sub(lambda code: chr(int(code[1], 16)), text)
        text = clean(unescaped(text))
        if text == before:
            break
    return text
