"""Values are normalised by the part: each must become what it becomes alone, and its token so."""

import hashlib
import hmac
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from cx_pipeline.privacy.keys import Keys, make_key
from cx_pipeline.privacy.normalise import KINDS, normalise, normalised
from cx_pipeline.privacy.tokens import Tokenizer

ALPHABETS = {
    "phone": ("0123456789" * 4 + "++ ./-", "0123456789+ ./-()xtel:#\t\n０１é"),
    "email": ("abcXYZ019._+-@@@", "abcXYZ019._+-@<>: \n\x1f,mailto:éß@"),
    "name": ("abC xyZ'", "aBC  ß\u3000ﬁ'\t\nÉ"),
    "": ("abCD0189-_.", "abCD01 -_.\x1c\n\ud800９é"),
}
ODD = ("", " ", "\n", "a@b\nc@d", "@", "00", "+00", "+1", "+12", "+123", "0049170", "0 049", "+ 49",
       "+0049 1", "(+49)170 1", "+49(0)170", "+49 170 12 ext. 5", "49+170", "+49+170", "١٢٣٤",
       "MAILTO:a@b.co", "Anna <A@b.co>", "1.2.3.4", "01.2.3.4", "::1", "0:0:0:0:0:0:0:1", "İ@b.co")  # fmt: skip


def values(kind: str, chance: random.Random) -> Iterator[str]:
    plain, odd = ALPHABETS.get("name" if kind == "address" else kind, ALPHABETS[""])
    for share in (0.0, 0.002, 0.5):  # parts that are all plain, nearly all, and hardly
        for _ in range(4000):
            signs = odd if chance.random() < share else plain
            yield "".join(chance.choices(signs, k=chance.randint(1, 18)))
    for _ in range(4000):  # numbers as people write them
        groups = ["".join(chance.choices("0123456789", k=chance.randint(1, 6))) for _ in range(4)]
        yield chance.choice(["+", "00", "", "0"]) + chance.choice(" .-/").join(groups)
    yield from ODD


@pytest.mark.parametrize("kind", [*sorted(KINDS), "unheard of"])
def test_a_value_becomes_the_same_alone_and_among_others(kind: str) -> None:
    told = list(values(kind, random.Random(5)))
    alone = [normalise(kind, value) for value in told]
    assert normalised(kind, told) == alone and len(set(alone)) > 1000
    assert [normalised(kind, [value]) for value in told] == [[value] for value in alone]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_token_is_the_hmac_of_its_value(kind: str, tmp_path: Path) -> None:
    make_key(tmp_path / "token.key")
    keys = Keys.read(tmp_path / "token.key")
    told = [None, *list(values(kind, random.Random(6)))[::7], None, *ODD]
    tokens = Tokenizer(keys).tokens(kind, told)
    assert tokens == [_by_the_book(keys, kind, value) for value in told]
    assert sum(token is not None for token in tokens) > 300


def _by_the_book(keys: Keys, kind: str, value: str | None) -> str | None:
    plain = normalise(kind, value) if value else None
    if plain is None:
        return None
    message = f"{kind}\x1f{plain}".encode("utf-8", "surrogatepass")
    return f"v1_{hmac.new(keys.token_key(), message, hashlib.sha256).hexdigest()[:32]}"
