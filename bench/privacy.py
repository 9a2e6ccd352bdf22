"""Redaction and tokens: texts a second, recall by kind, and microseconds a value."""

import hmac
import importlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.known import known_values
from bench.measure import ROOT, Line
from cx_pipeline.privacy.keys import Keys, make_key
from cx_pipeline.privacy.redaction import redact
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.sample.texts import CASE_BODIES, COMMENTS

LABELLED = ROOT.parent / "shared" / "data" / "pii" / "synth_dataset_v2.json"
TEXTS_A_SECOND, MICROSECONDS = 400_000, 2.0
# The labelled set's structured kinds, and what Presidio was measured to find where it was.
STRUCTURED: dict[str, float | None] = {
    "EMAIL_ADDRESS": None, "PHONE_NUMBER": 0.65, "CREDIT_CARD": None, "IBAN_CODE": None,
    "US_SSN": None, "IP_ADDRESS": None, "DOMAIN_NAME": None,
}  # fmt: skip


def privacy(home: Path) -> list[Line]:
    """Speed on contact notes of which two in a hundred tell something; recall on both sets."""
    sys.path.append(str(ROOT / "tests"))  # the planted notes are the tests' own
    planted = importlib.import_module("pii_texts").notes(6000, seed=11)
    said = [text for moods in COMMENTS.values() for mood in moods for text in mood]
    said += [" ".join(body) for body in CASE_BODIES]
    plain = [said[n % len(said)] for n in range(49_000)]
    telling = [note.text for note in planted if note.planted][:1000]
    lines = [
        _speed("redaction, contact notes of which 2 % tell something", [*plain, *telling]),
        _speed("redaction, contact notes that tell nothing", plain),
        _speed("redaction, planted notes full of numbers", [n.text for n in planted], goal=False),
    ]
    left = redact([note.text for note in planted], [note.record for note in planted])
    truth = [[note.planted] if note.planted else [] for note in planted]
    lines += _recall("planted notes", truth, left, {})
    if LABELLED.exists():
        rows = json.loads(LABELLED.read_text(encoding="utf-8"))
        texts = [row["full_text"] for row in rows]
        told = [[(s["entity_type"], s["entity_value"]) for s in row["spans"]] for row in rows]
        lines.append(_speed("redaction, labelled texts", texts, goal=False))
        lines += _recall("labelled texts", told, redact(texts), STRUCTURED)
    return [*lines, *known_values(home, [*plain, *telling]), *_tokens(home)]


def _cpu(action: Callable[[], object], times: int = 15) -> float:
    """CPU seconds of the fastest of several runs: other work on the machine only adds."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        action()
        taken.append(time.process_time() - began)
    return min(taken)


def _speed(name: str, texts: Sequence[str], goal: bool = True) -> Line:
    rate = len(texts) / _cpu(lambda: redact(texts))
    against, told = (f"{TEXTS_A_SECOND:,}/s", ">= 1") if goal else ("", "")
    ratio = rate / TEXTS_A_SECOND
    return Line(
        name, f"{rate:,.0f} texts/s", against, ratio if goal else None, told,
        ratio >= 1 if goal else None,
    )  # fmt: skip


def _recall(
    name: str,
    truth: Sequence[Sequence[tuple[str, str]]],
    left: Sequence[str | None],
    floor: dict[str, float | None],
) -> list[Line]:
    """One line a kind: a value is found when the text that is left does not hold it."""
    hits: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    for values, text in zip(truth, left, strict=True):
        for kind, value in values:
            all_[kind] += 1
            hits[kind] += value not in (text or "")
    lines = []
    for kind in floor or sorted(all_):
        share, least = hits[kind] / all_[kind], floor.get(kind)
        told = ("", None, "", None) if least is None else _above(share, least)
        lines.append(Line(f"recall, {name}, {kind}", f"{share:.2f} of {all_[kind]}", *told))
    return lines


def _above(share: float, least: float) -> tuple[str, float, str, bool]:
    return f"Presidio {least:.2f}", share / least, ">= 1", share >= least


def _tokens(home: Path) -> list[Line]:
    """100,000 distinct values of each kind, without a vault."""
    home.mkdir(parents=True, exist_ok=True)
    make_key(home / "bench.key")
    keys = Keys.read(home / "bench.key")
    values = {
        "email": [f"person.{n}@mail.example" for n in range(100_000)],
        "phone": [f"+49170{n:07}" for n in range(100_000)],
        "account": [f"C-{n:08}" for n in range(100_000)],
    }
    lines = []
    key = keys.token_key()
    bare = [value.encode() for value in values["email"]]
    floor = 1e6 / len(bare) * _cpu(lambda: [hmac.digest(key, v, "sha256").hex() for v in bare])
    for kind, told in values.items():
        each = 1e6 / len(told) * _cpu(lambda k=kind, t=told: Tokenizer(keys).tokens(k, t))
        ratio = each / MICROSECONDS
        lines.append(
            Line(f"tokens, distinct values of kind {kind}", f"{each:.2f} us",
                 f"{MICROSECONDS} us; a bare HMAC took {floor:.2f} us",
                 ratio, "<= 1", ratio <= 1)
        )  # fmt: skip
    return lines
