"""The keys that turn values into tokens: given from outside, never stored beside the data."""

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cx_pipeline.privacy.printed import CommandFailed, printed
from cx_pipeline.settings import Settings

_LINE = re.compile(r"(?:v([1-9][0-9]{0,2}):)?([A-Za-z0-9+/]{43}=)")
_HEX = re.compile(r"[0-9A-Fa-f]{64}")
_SIZE = 32


class KeyFault(Exception):
    """The key or the vault cannot be used; the message says why and what to do, never a key."""


@dataclass(frozen=True)
class Keys:
    """Every version of the token key; the highest is current."""

    versions: dict[int, bytes] = field(repr=False)

    @property
    def current(self) -> int:
        return max(self.versions)

    def token_key(self) -> bytes:
        """The key that new tokens are made with."""
        return self.versions[self.current]

    def master(self, version: int) -> bytes:
        """The key that wraps the vault's data keys: derived, so that it is not the token key."""
        return hmac.digest(self.versions[version], b"cx-pipeline vault master", hashlib.sha256)

    def backup(self, version: int) -> bytes:
        """The key that backups are sealed with: derived, so that none of them holds its own."""
        return hmac.digest(self.versions[version], b"cx-pipeline backup", hashlib.sha256)

    def proof(self, version: int) -> str:
        """Tells whether a vault belongs to these keys, without telling the key."""
        told = hmac.digest(self.versions[version], b"cx-pipeline key proof", hashlib.sha256)
        return told.hex()[:32]

    @classmethod
    def load(cls, settings: Settings) -> "Keys":
        """The keys from the one place that gives them, else from the home's own file.

        Raises KeyFault: also when two places are named, since the wrong one would give every
        person a new token.
        """
        _only_source(settings)
        if settings.key_text is not None:
            text = settings.key_text.replace(",", "\n")
            return cls(_versions(text, "CX_KEY", "set it to the text of the key file"))
        if settings.keys.command is not None:
            told, where = _printed(settings.keys.command, settings.home)
            return cls(_parsed(told, where, "make it print the key file's content"))
        return cls.read(settings.token_key_file)

    @classmethod
    def read(cls, path: Path) -> "Keys":
        """Read one key file: base64 of 32 bytes, one line a version (`v2:...`).

        A first key may also be 32 bytes as they are, or as 64 hex digits.
        """
        try:
            told = path.read_bytes()
        except FileNotFoundError:
            raise KeyFault(
                f"key file {path} is missing: nothing was read; put it back, or give the key by "
                "CX_KEY_FILE, CX_KEY or [keys] command (a new key would give every person a new "
                "token)"
            ) from None
        except OSError:
            raise KeyFault(f"key file {path} cannot be read; give a readable key file") from None
        return cls(_parsed(told, f"key file {path}", "put the right file back"))


def make_first_key(settings: Settings) -> None:
    """Make the key file of a new home, unless the key comes from elsewhere or data have come."""
    if _only_source(settings) in {None, "CX_KEY_FILE", "key_file in cx.toml"}:
        path = settings.token_key_file
        if not path.exists() and not settings.vault_file.exists():
            make_key(path)


def make_key(path: Path) -> None:
    """Write a new random key, readable by its owner only; an existing file is never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"v1:" + base64.b64encode(os.urandom(_SIZE)) + b"\n")


def add_version(settings: Settings, keys: Keys) -> Keys:
    """Add a new random version to the key file; returns all versions.

    Raises KeyFault when the key comes from a variable or a command: then its owner adds the line.
    """
    source = _only_source(settings)
    if source not in {None, "CX_KEY_FILE", "key_file in cx.toml"}:
        raise KeyFault(
            f"the key comes from {source}, which this cannot write: nothing was done; add a line "
            f"v{keys.current + 1}:<base64 of {_SIZE} random bytes> there and run this again"
        )
    path = settings.token_key_file
    version = keys.current + 1
    versions = {**keys.versions, version: os.urandom(_SIZE)}
    anew = path.with_name(f".{path.name}.anew")
    anew.unlink(missing_ok=True)
    descriptor = os.open(anew, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for number, key in sorted(versions.items()):
            file.write(f"v{number}:".encode() + base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    anew.replace(path)
    return Keys(versions)


def _only_source(settings: Settings) -> str | None:
    given = settings.key_sources
    if len(given) > 1:
        raise KeyFault(
            f"the key is given by {given[0]} and by {given[1]}: nothing was read; keep one of them"
        )
    return given[0] if given else None


def _printed(command: tuple[str, ...], folder: Path) -> tuple[bytes, str]:
    where = f"[keys] command {command[0]!r} in cx.toml"
    try:
        return printed(command, folder), where
    except CommandFailed as fault:
        raise KeyFault(f"{where} {fault}: nothing was read; run it by hand to see why") from None


def _parsed(told: bytes, where: str, remedy: str) -> dict[int, bytes]:
    if len(told) == _SIZE:
        return {1: told}
    try:
        return _versions(told.decode("ascii"), where, remedy)
    except UnicodeDecodeError:
        raise KeyFault(f"{where} holds no key: it is not text; {remedy}") from None


def _versions(text: str, where: str, remedy: str) -> dict[int, bytes]:
    if _HEX.fullmatch(text.strip()):
        return {1: bytes.fromhex(text.strip())}
    versions: dict[int, bytes] = {}
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
        key = _LINE.fullmatch(line)
        version = int(key[1] or 1) if key else 0
        if key is None or version in versions:
            raise KeyFault(
                f"{where}, line {number}: needs base64 of {_SIZE} bytes, each version "
                f"once (v1:...); {remedy}"
            )
        versions[version] = base64.b64decode(key[2], validate=True)
    if not versions:
        raise KeyFault(f"{where} is empty; {remedy}")
    return versions
