"""A second reading of free texts by Presidio, where `[redaction] presidio` asks for it.

Only its pattern recognizers, on a blank tokenizer: nothing is downloaded, and the same text always
becomes the same text. Names of persons and places are not found by patterns: no model is used.
"""

import importlib.util
import logging
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from cx_pipeline.settings import Settings, SettingsError

Reread = Callable[[Sequence[str | None]], list[str | None]]

# A shape that Presidio finds likely by itself, or any of its shapes beside a word that says so.
_LEAST_SCORE = 0.4
# Needs a model; dates and record ids, which are nobody's; and what our own patterns find more
# strictly: Presidio takes numbers of cases for phones, and parts of order numbers for cards.
_TAKEN_OUT = (
    "SpacyRecognizer", "DateRecognizer", "UuidRecognizer",
    "CreditCardRecognizer", "EmailRecognizer", "IbanRecognizer", "IpRecognizer",
    "MacAddressRecognizer", "NhsRecognizer", "PhoneRecognizer", "UsSsnRecognizer",
)  # fmt: skip


def rereading(settings: Settings) -> Reread | None:
    """What each redacted text goes through too; None when it is switched off.

    Raises SettingsError when it is switched on and not installed.
    """
    if not settings.redaction.presidio:
        return None
    if any(importlib.util.find_spec(name) is None for name in ("presidio_analyzer", "spacy")):
        raise SettingsError(
            "[redaction] presidio is true but Presidio is not installed: nothing was landed; "
            "install it with: pip install 'cx-pipeline[presidio]', or set it to false"
        )
    analyzer, one_at_a_time = _analyzer(), Lock()

    def reread(texts: Sequence[str | None]) -> list[str | None]:
        with one_at_a_time:  # readers are threads; Presidio promises nothing about those
            made = {text: _without(analyzer, text) for text in dict.fromkeys(texts) if text}
        return [made[text] if text else text for text in texts]

    return reread


def _analyzer() -> Any:
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.language import Language

    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    engine = SpacyNlpEngine()
    blank = spacy.blank("en")
    Language.component("cx_small_letters", func=_small_letters)
    blank.add_pipe("cx_small_letters")
    engine.nlp = {"en": blank}  # loaded, so that no model is looked for
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    for name in _TAKEN_OUT:
        registry.remove_recognizer(name)
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def _small_letters(doc: Any) -> Any:
    """Each word as its own lemma: where Presidio looks for words that say what a number is."""
    for token in doc:
        token.lemma_ = token.lower_
    return doc


def _without(analyzer: Any, text: str) -> str:
    found = analyzer.analyze(text, language="en", score_threshold=_LEAST_SCORE)
    kept, end = [], 0
    for one in sorted(found, key=lambda one: (one.start, -one.end, -one.score, one.entity_type)):
        if one.start >= end:
            kept += [text[end : one.start], f"[{one.entity_type.lower()}]"]
        end = max(end, one.end)
    return "".join([*kept, text[end:]])
