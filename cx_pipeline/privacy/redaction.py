"""Free text and addresses of pages without what is personal in them."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import permutations
from urllib.parse import unquote_plus

from cx_pipeline.privacy.detectors import clean, spans, suspect

# Query parameters that say where a visit came from; every other value is redacted.
_KEPT_PARAMETERS = {"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id"}
_REDACTED = "redacted"
_WORD = re.compile(r"\w[\w'-]*\w")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_SHORTEST = 3  # a known word of one or two letters would blank common words


def redact(
    texts: Sequence[str | None], known_by_row: Sequence[Iterable[str | None]] | None = None
) -> list[str | None]:
    """Each text with what is personal replaced by its kind, as in `[email]`.

    `known_by_row` gives for each text the values its own row holds (names, e-mails, phones);
    whole values and their single words of three letters or more are replaced by `[known]`.
    """
    if known_by_row is None:
        return [_by_pattern(text) if text else text for text in texts]
    return [
        _by_pattern(_by_knowledge(clean(text), known)) if text else text
        for text, known in zip(texts, known_by_row, strict=True)
    ]


def redact_url(url: str) -> str:
    """The page without its visitor: no user part, no fragment, only campaign parameters."""
    address, _, query = clean(url).partition("#")[0].partition("?")
    scheme, found, rest = address.partition("://")
    host, slash, path = rest.partition("/") if found else ("", "", address)
    host = host.rpartition("@")[2]
    path = _by_pattern(path)
    kept = f"{scheme}://{host}{slash}{path}" if found else path
    parameters = "&".join(map(_parameter, filter(None, re.split("[&;]", query))))
    return f"{kept}?{parameters}" if parameters else kept


def _parameter(told: str) -> str:
    name, _, value = told.partition("=")
    name = name if name.isidentifier() and len(name) <= 40 else _REDACTED
    if name.lower() in _KEPT_PARAMETERS and _by_pattern(plain := unquote_plus(value)) == plain:
        return f"{name}={value}"
    return f"{name}={_REDACTED}"


def _by_pattern(text: str) -> str:
    cleaned = suspect(text)
    if cleaned is None:
        return text
    found = sorted(spans(cleaned), key=lambda span: (span[1], -span[2]))
    if not found:
        return text
    kept, end = [], 0
    for kind, start, stop in found:
        if start >= end:
            kept += [cleaned[end:start], f"[{kind}]"]
        end = max(end, stop)
    return "".join([*kept, cleaned[end:]])


def _by_knowledge(text: str, known: Iterable[str | None]) -> str:
    folded = text.casefold()
    values = [value for value in known if value]
    said = {word for value in values for word in (*_spoken(value), *_HAN.findall(value))}
    said = {word for word in said if len(word) > 1}
    # A Chinese name is written without a space: family name, then given name, from two columns.
    han = [value.strip() for value in values if _HAN.fullmatch(value.strip())]
    said |= {one + other for one, other in permutations(han, 2)}
    wanted = sorted((word for word in said if word in folded), key=lambda word: (-len(word), word))
    if not wanted:
        return text
    # Chinese text has no spaces between words, so no boundary can be asked for there.
    ways = [
        re.escape(word) if _HAN.fullmatch(word) else rf"(?<!\w){re.escape(word)}(?!\w)"
        for word in wanted
    ]
    return re.sub("|".join(ways), "[known]", text, flags=re.IGNORECASE)


@lru_cache(maxsize=65_536)
def _spoken(value: str) -> tuple[str, ...]:
    """How a text may say the value, casefolded: whole, and each word or digit string of it."""
    told = clean(value).strip().casefold()
    words = {told}
    if "@" in told:
        words.add(told.partition("@")[0])
    elif any(sign.isalpha() for sign in told):
        words.update(_WORD.findall(told))
    else:
        words.add(re.sub(r"\D+", "", told))
    return tuple(word for word in words if len(word) >= _SHORTEST)
