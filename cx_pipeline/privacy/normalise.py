"""One spelling a value: what counts as the same e-mail, phone or name before it becomes a token."""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Sequence

_SPACES = re.compile(r"\s+")
_NOT_DIGIT = re.compile(r"[^0-9]+")
_EXTENSION = re.compile(r"(?i)\s*(?:x|ext\.?|;ext=|#)\s*[0-9]+$")
_TRUNCATED = re.compile(r"[0-9]{6}\*{2,9}[0-9]{4}")
_IN_BRACKETS = re.compile(r"<([^<>]+@[^<>]+)>")


def normalise(kind: str, value: str) -> str | None:
    """The value as its token is made from; None when nothing is left of it.

    A phone is known by its digits: +49 (0)170 12 and 0049 170 12 are one, a number without its
    country is another. A card is cut to its first six and last four digits before anything else.
    """
    text = value if value.isascii() else unicodedata.normalize("NFKC", value)
    text = text.strip()
    return _BY_KIND.get(kind, _as_told)(text) or None


def normalised(kind: str, values: Sequence[str]) -> list[str | None]:
    """normalise() of each value, in order.

    Values that are plain ASCII, as most are, are looked at 256 at once, at a fifth of the cost.
    """
    plain = _PLAIN.get(kind)
    made: list[str | None] = []
    for start in range(0, len(values), _PART):
        part = values[start : start + _PART]
        told = "\n".join(part)
        lines = told.lower() if kind in _FOLDED and told.isascii() else told
        if plain and plain.fullmatch(lines) and lines.count("\n") == len(part) - 1:
            if kind == "phone":
                lines = lines.translate(_GAPS)
            made += part if lines == told else lines.split("\n")
        else:
            made += [normalise(kind, value) for value in part]
    return made


def _as_told(text: str) -> str:
    return text


def _email(text: str) -> str:
    if "<" in text and (inside := _IN_BRACKETS.search(text)):
        text = inside[1]
    text = text.casefold().removeprefix("mailto:").strip()
    return text if "@" in text else ""


def _phone(text: str) -> str:
    if text.isascii() and text[:1] == "+" and text[1:].isdecimal() and len(text) > 3:
        return text  # as most are stored: the rest costs a microsecond
    if not text.isdecimal():
        text = text.lower().removeprefix("tel:")
        text = _EXTENSION.sub("", text).replace("(0)", "").lstrip()
    international = text.startswith(("+", "00"))
    digits = _NOT_DIGIT.sub("", text)
    if len(digits) < 3:
        return ""
    return (
        f"+{digits.removeprefix('00') if text[0] == '0' else digits}" if international else digits
    )


def _words(text: str) -> str:
    return _SPACES.sub(" ", text.casefold())


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def _signs(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).upper()


def truncate_card(text: str) -> str:
    """First six and last four digits, the rest starred: all that may be kept of a card."""
    if _TRUNCATED.fullmatch(text):
        return text
    digits = _NOT_DIGIT.sub("", text)
    if len(digits) < 12:
        return ""
    return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"


_BY_KIND: dict[str, Callable[[str], str]] = {
    "email": _email,
    "phone": _phone,
    "name": _words,
    "address": _words,
    "ip": _ip,
    "national_id": _signs,
    "card": truncate_card,
}

# Values that normalise() leaves as they are, but for capitals and the gaps of a phone.
_PART = 256
_FOLDED = {"email", "name", "address"}
_GAPS = str.maketrans("", "", " ./-")
_WORDS = "[!-~]+(?: [!-~]+)*+"
_LINE = {
    "email": "[!-9;=?A-~]*@[!-9;=?-~]*",
    "phone": r"(?!00)\+?[0-9]{1,3}[ ./-]?[0-9]{2,}(?:[ ./-][0-9]+)*+",
    "name": _WORDS,
    "address": _WORDS,
    "ip": "[0-9.]+",
    "device": _WORDS,
    "account": _WORDS,
    "national_id": "[0-9A-Z]+",
}
_PLAIN = {kind: re.compile(rf"(?:{line}\n)*+{line}") for kind, line in _LINE.items()}

# What can become a token; texts and addresses of pages cannot.
KINDS = frozenset(
    {
        *("email", "phone", "name", "address", "ip", "device"),
        *("account", "national_id", "card", "birth_date"),
    }
)
