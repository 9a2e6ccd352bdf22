"""Detectors: what they find however it is disguised, what they miss, and what they leave alone."""

import hashlib
import random
import uuid

import pytest
from pii_cases import CAUGHT, MISSED, PLAIN

from cx_pipeline.privacy.detectors import PATTERNS, PREFILTER_SQL, find_personal, spans, suspect
from cx_pipeline.privacy.redaction import redact
from cx_pipeline.warehouse import scratch

FOUND = [(kind, told) for kind, texts in CAUGHT.items() for told in texts]
AROUND = ("{}", "x {} y", "so: {}.", "é {}, then", "（{}）", "请看 {} 。", "({})")


@pytest.mark.parametrize(("kind", "told"), FOUND)
def test_what_is_disguised_is_found_and_goes(kind: str, told: str) -> None:
    for text in (around.format(told) for around in AROUND):
        assert kind in find_personal(text), text
        left = redact([text])[0] or ""
        assert told not in left and f"[{kind}]" in left
        assert find_personal(left) == []


@pytest.mark.parametrize("told", MISSED)
def test_the_list_of_misses_is_true(told: str) -> None:
    assert find_personal(told) == []


def test_every_kind_has_its_cases() -> None:
    assert set(CAUGHT) == set(PATTERNS)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_person_is_left(text: str) -> None:
    assert find_personal(text) == []
    assert redact([text]) == [text] or "://" in text


def test_numbers_of_chance_are_left() -> None:
    chance = random.Random(7)
    texts = []
    for _ in range(4000):
        digits = str(chance.randrange(10**17, 10**18))
        digest = hashlib.sha256(digits.encode()).hexdigest()
        answers = [str(chance.randint(1, 5)) for _ in range(chance.randint(5, 16))]
        texts += [digits[:n] for n in (7, 8, 9, 10, 11, 12, 13, 14)]
        texts += [digest, digest[:20], str(uuid.UUID(digest[:32])), f"ORD-{digits[:9]}"]
        texts += [" ".join(answers), "-".join(answers), ", ".join(answers)]
        texts += [f"{int(digits[:10]):,}", f"{int(digits[:8]):,}.50", f"{int(digits[:8])}.99"]
        texts.append(f"{digits[0]}.{digits[1:3]}.{digits[3]}")
        texts.append(f"2026-07-1{digits[2]}T1{digits[3]}:0{digits[4]}:00.{digits[5:11]}+02:00")
    assert {text: find_personal(text) for text in texts if find_personal(text)} == {}


def test_a_text_the_prefilter_passes_by_holds_nothing() -> None:
    """In SQL, on the text as it came, and in Python: neither may lose what PATTERNS finds."""
    told = [around.format(told) for _, told in FOUND for around in AROUND]
    alphabet = "0123456789 .-/:@+()%abcdefABCDEF,[]x"
    chance = random.Random(3)
    told += ["".join(chance.choices(alphabet, k=chance.randint(6, 40))) for _ in range(20_000)]
    told += [_changed(text, chance) for text in told[: len(FOUND)] for _ in range(40)]
    held = [text for text in told if any(True for _ in spans(text)) or find_personal(text)]
    with scratch() as con:
        missed = con.execute(
            "select t from (select unnest(?) as t) where not regexp_matches(t, ?)",
            [held, PREFILTER_SQL],
        ).fetchall()
    assert missed == [] and len(held) > 1000
    assert [text for text in held if suspect(text) is None] == []


def _changed(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("0123456789 .-/:@A") + text[place + chance.randint(0, 1) :]
