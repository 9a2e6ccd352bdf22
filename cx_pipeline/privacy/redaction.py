"""Free text and addresses of pages without what is personal in them."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote_plus

from cx_pipeline.privacy.detectors import clean, spans, suspect
from cx_pipeline.privacy.disguises import unescaped
from cx_pipeline.privacy.own_record import places_of
from cx_pipeline.privacy.prefilter import doubtful

# Query parameters that say where a visit came from; every other value is redacted.
_KEPT_PARAMETERS = {"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id"}
_BLOCK = 512  # texts that are asked at once whether they tell anything
_REDACTED = "redacted"
# In a text the whole address goes: its host may be a person's name, its path a login.
_ADDRESS = re.compile(
    r"(?i)(?<![0-9a-z])(?:(?:https?|ftp)://|www\.)"
    r"[^\s<>\"\u3000-\u303f\uff00-\uffef]*[^\s<>\"\u3000-\u303f\uff00-\uffef.,;:!?)']"
)


def redact(
    texts: Sequence[str | None], known_by_row: Sequence[Iterable[str | None]] | None = None
) -> list[str | None]:
    """Each text with what is personal replaced by its kind, as in `[email]` and `[url]`.

    `known_by_row` gives for each text the values its own row holds (names, addresses, numbers);
    whole values and their single words of three letters or more are replaced by `[known]`.
    """
    made = list(texts)
    for start in range(0, len(made), _BLOCK):
        block = [text or "" for text in made[start : start + _BLOCK]]
        telling = doubtful(block)
        if known_by_row is None:
            for place in telling:
                made[start + place] = _of_text(block[place])
            continue
        doubted = set(telling)
        for place, text in enumerate(block):
            known = known_by_row[start + place]
            if place in doubted:
                made[start + place] = _of_text(text, known)
            elif text:
                made[start + place] = _without(text, clean(text), known)
    return made


def redact_url(url: str) -> str:
    """The page without its visitor: no user part, no fragment, only campaign parameters."""
    address, _, query = unescaped(clean(url)).partition("#")[0].partition("?")
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


def _of_text(text: str, known: Iterable[str | None] = ()) -> str:
    if "://" in text or "www." in text or "WWW." in text:
        text = _ADDRESS.sub("[url]", text)
    return _by_pattern(text, known)


def _by_pattern(text: str, known: Iterable[str | None] = ()) -> str:
    cleaned = suspect(text)
    if cleaned is None:
        return _without(text, clean(text), known) if known else text
    return _without(text, cleaned, known, spans(cleaned))


def _without(
    text: str,
    cleaned: str,
    known: Iterable[str | None],
    found: Iterable[tuple[str, int, int]] = (),
) -> str:
    """The cleaned text with a mark for each span of both; as it was when there is none.

    Both are looked for in the whole text: what one of them took away could hide the other.
    """
    places = [("known", start, stop) for start, stop in places_of(cleaned, known)] if known else []
    places += found
    if not places:
        return text
    if len(places) > 1:
        places.sort(key=lambda span: (span[1], -span[2]))
    kept, end = [], 0
    for kind, start, stop in places:
        if start >= end:
            kept += [cleaned[end:start], f"[{kind}]"]
        end = max(end, stop)
    return "".join([*kept, cleaned[end:]])
