"""What the vault holds opens with the right key only, and what was destroyed never again."""

import sqlite3
from pathlib import Path

import pytest

from cx_pipeline.privacy.keys import KeyFault, Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.warehouse import LockHeld

KEYS = Keys({1: b"1" * 32})
VALUES = ["anna@mail.example", "bert@mail.example"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.sqlite"


@pytest.fixture
def tokens(path: Path) -> list[str]:
    with Vault(path, KEYS) as vault:
        return [token or "" for token in Tokenizer(KEYS, vault).tokens("email", VALUES)]


def sealed(path: Path, token: str) -> tuple[bytes, bytes]:
    with sqlite3.connect(path) as con:
        query = "select wrapped_key, value from sealed where token = ?"
        row: tuple[bytes, bytes] = con.execute(query, [token]).fetchone()
        return row


def test_what_is_destroyed_leaves_no_key_and_is_not_sealed_again(
    path: Path, tokens: list[str]
) -> None:
    before = sealed(path, tokens[0])
    assert all(part in path.read_bytes() for part in before)
    unknown = "v1_" + "0" * 32
    with Vault(path, KEYS) as vault:
        assert vault.destroy([tokens[0], tokens[0], unknown]) == 1
        assert not vault.is_destroyed(tokens[1]) and not vault.is_destroyed(unknown)
    assert not any(part in path.read_bytes() for part in before)
    with Vault(path, KEYS) as vault:
        assert vault.open(tokens[0]) is None and vault.is_destroyed(tokens[0])
        assert vault.open(tokens[1]) == VALUES[1]
        assert Tokenizer(KEYS, vault).tokens("email", VALUES) == tokens
        assert vault.open(tokens[0]) is None


def test_what_was_destroyed_in_a_block_that_failed_is_still_there(
    path: Path, tokens: list[str]
) -> None:
    with pytest.raises(KeyError), Vault(path, KEYS) as vault:
        vault.destroy(tokens)
        raise KeyError
    with Vault(path, KEYS) as vault:
        assert [vault.open(token) for token in tokens] == VALUES


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ({1: b"2" * 32}, "the key is not the one that"),
        ({1: b"2" * 32, 2: b"1" * 32}, "the key is not the one that"),
        ({2: b"1" * 32}, "the key lacks version 1"),
    ],
)
@pytest.mark.usefixtures("tokens")
def test_another_key_is_refused_before_anything_is_done(
    path: Path, versions: dict[int, bytes], words: str
) -> None:
    before = path.read_bytes()
    with pytest.raises(KeyFault, match=words):
        Vault(path, Keys(versions))
    assert path.read_bytes() == before


def test_an_entry_of_another_token_does_not_open(path: Path, tokens: list[str]) -> None:
    for wrapped, value in (sealed(path, tokens[1]), (b"short", b""), (b"x" * 60, b"x" * 60)):
        with sqlite3.connect(path) as con:
            query = "update sealed set wrapped_key = ?, value = ? where token = ?"
            con.execute(query, [wrapped, value, tokens[0]])
        with Vault(path, KEYS) as vault, pytest.raises(KeyFault, match="does not open; restore"):
            vault.open(tokens[0])


@pytest.mark.usefixtures("tokens")
def test_a_vault_in_use_is_told_as_such(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cx_pipeline.privacy.vault.PATIENCE", 0)
    with sqlite3.connect(path, isolation_level=None) as run:
        run.execute("begin exclusive")
        with pytest.raises(LockHeld, match="is in use by a run"):
            Vault(path, KEYS)
        run.execute("rollback")
