"""Detectors: what they find however it is disguised, what they miss, and what they leave alone."""

import hashlib
import random
import uuid

import pytest
from pii_cases import CAUGHT, MISSED, PLAIN

from cx_pipeline.privacy.detectors import PATTERNS, PREFILTER_SQL, PROOFS, find_personal, suspect
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
    held = [text for text in told if _matched(text) or find_personal(text)]
    with scratch() as con:
        missed = con.execute(
            "select t from (select unnest(?) as t) where not regexp_matches(t, ?)",
            [held, PREFILTER_SQL],
        ).fetchall()
    assert missed == [] and len(held) > 1000
    assert [text for text in held if suspect(text) is None] == []
    assert [text for text in held if not _matched(text) <= set(find_personal(text))] == []


def test_a_text_is_redacted_among_others_as_it_is_alone() -> None:
    """A block of texts is asked at once: neighbours, empty ones and odd signs change nothing."""
    chance = random.Random(7)
    told = [around.format(told) for _, told in FOUND for around in AROUND]
    told += [_changed(text, chance) for text in told]
    told += ["see www.x.example", "at anna dot roth", "ftp://x.y", "fine", "\ud800 1", "１２３ 话"]
    texts: list[str | None] = [*told, *["fine"] * len(told), *[None, ""] * 50]
    chance.shuffle(texts)
    alone = [redact([text])[0] for text in texts]
    assert redact(texts) == alone
    for odd in ("\0", "a\0b@c.example\0"):  # the sign that parts the texts of a block
        among = [*texts, odd]
        chance.shuffle(among)
        assert redact(among) == [redact([text])[0] for text in among]
    assert sum(a != b for a, b in zip(alone, texts, strict=True)) > 500


def _matched(text: str) -> set[str]:
    """Kinds by PATTERNS and PROOFS alone, without any short cut."""
    kinds = set()
    for kind, pattern in PATTERNS.items():
        proof = PROOFS.get(kind, bool)
        if any(proof(match.group()) for match in pattern.finditer(text)):
            kinds.add(kind)
    return kinds


def _changed(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("0123456789 .-/:@A") + text[place + chance.randint(0, 1) :]


OWN = [
    ("+49 170 1234567", "ruf 0170-1234567 an", "ruf [known] an"),
    ("+49 170 1234567", "0049 (170) 12 34 567!", "[known]!"),
    ("01701234567", "+49 170 1234567", "[known]"),
    ("+86 138 0013 8000", "打13800138000吧", "打[known]吧"),
    ("+45 12 34 56 78", "12345678", "[known]"),
    ("João Conceição", "aqui é o Joao da conceicao", "aqui é o [known] da [known]"),
    ("Joao", "JOÃO disse", "[known] disse"),
    ("Müller", "Mueller, Muller, müller's", "[known], [known], [known]'s"),
    ("Mueller", "Müller", "[known]"),
    ("Weiß", "Weiss weiß", "[known] [known]"),
    ("von der Heide", "von der Post, Herr Heide", "von der Post, Herr [known]"),
    ("Hauptstraße 5, 10115 Berlin", "in Hauptstr. 5 (10115 Berlin)", "in [known])"),
    ("Hauptstr. 5", "Hauptstrasse 5", "[known]"),
    ("Rua das Flores 12", "mora na rua das flores, 12", "mora na [known]"),
    ("221B Baker Street", "at 221b Baker St. now", "at [known]. now"),
    ("北京市朝阳区建国路88号", "我住朝阳区建国路88号", "我住[known][known]"),
    ("诸葛雪梅", "诸葛雪梅女士", "[known]女士"),
    ("AB-12345-X", "account ab12345x", "account [known]"),
    ("529.982.247-25", "52998224725", "[known]"),
    ("DE89370400440532013000", "de89 3704 0044 0532 0130 00", "[known]"),
    ("11010519491231002X", "1101 0519 4912 3100 2x", "[known]"),
    ("4711", "14711 and 4711", "14711 and [known]"),
    ("12345678", "1234 of 5678, 123456789", "1234 of 5678, 123456789"),
    ("Anna", "Annabel, ANNA", "Annabel, [known]"),
]
OWN_MISSED = [
    ("Hauptstraße 5", "im Haus 5 der Hauptstraße", "im Haus 5 der [known]"),
    ("+49 170 1234567", "null eins sieben null", "null eins sieben null"),
    ("李明", "Li Ming", "Li Ming"),
    ("Katharina", "Kathi", "Kathi"),
]


@pytest.mark.parametrize(("value", "text", "left"), [*OWN, *OWN_MISSED])
def test_what_the_record_holds_goes_in_other_spellings_too(
    value: str, text: str, left: str
) -> None:
    assert redact([text], [[value]]) == [left]


def test_addresses_of_pages_go_from_texts() -> None:
    text = "see https://anna-v.example/p?id=1, or www.anna.example。谢谢"
    assert redact([text]) == ["see [url], or [url]。谢谢"]
