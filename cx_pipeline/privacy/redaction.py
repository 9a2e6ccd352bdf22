"""Free text and addresses of pages without what is personal in them."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote_plus

from cx_pipeline.privacy.detectors import clean, spans, suspect
from cx_pipeline.privacy.own_record import blank
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
    if known_by_row is not None:
        made = [
            blank(clean(text), known) if text else text
            for text, known in zip(texts, known_by_row, strict=True)
        ]
    for start in range(0, len(made), _BLOCK):
        block = [text or "" for text in made[start : start + _BLOCK]]
        for place in doubtful(block):
            made[start + place] = _of_text(block[place])
    return made


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


def _of_text(text: str) -> str:
    if "://" in text or "www." in text or "WWW." in text:
        text = _ADDRESS.sub("[url]", text)
    return _by_pattern(text)


def _by_pattern(text: str) -> str:
    cleaned = suspect(text)
    if cleaned is None:
        return text
    found = list(spans(cleaned))
    if not found:
        return text
    if len(found) > 1:
        found.sort(key=lambda span: (span[1], -span[2]))
    kept, end = [], 0
    for kind, start, stop in found:
        if start >= end:
            kept += [cleaned[end:start], f"[{kind}]"]
        end = max(end, stop)
    return "".join([*kept, cleaned[end:]])
