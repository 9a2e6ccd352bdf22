"""The keys that turn values into tokens: read from one file, never stored beside the data."""

import base64
import binascii
import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cx_pipeline.settings import Settings

_LINE = re.compile(r"(?:v([1-9][0-9]{0,2}):)?([A-Za-z0-9+/]{43}=)")
_HEX = re.compile(r"[0-9A-Fa-f]{64}")
_SIZE = 32


class KeyFault(Exception):
    """The key file cannot be used; the message says why and what to do, never what is in it."""


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

    def proof(self, version: int) -> str:
        """Tells whether a vault belongs to these keys, without telling the key."""
        told = hmac.digest(self.versions[version], b"cx-pipeline key proof", hashlib.sha256)
        return told.hex()[:32]

    @classmethod
    def load(cls, settings: Settings) -> "Keys":
        """Read the key file that the settings name. Raises KeyFault."""
        return cls.read(settings.token_key_file)

    @classmethod
    def read(cls, path: Path) -> "Keys":
        """Read one key file: base64 of 32 bytes, one line a version (`v2:...`).

        A first key may also be 32 bytes as they are, or as 64 hex digits.
        """
        try:
            told = path.read_bytes()
            if len(told) == _SIZE:
                return cls({1: told})
            text = told.decode("ascii")
            if _HEX.fullmatch(text.strip()):
                return cls({1: bytes.fromhex(text.strip())})
        except FileNotFoundError:
            raise KeyFault(
                f"key file {path} is missing: nothing was read; put it back, or name it in "
                "CX_KEY_FILE (a new key would give every person a new token)"
            ) from None
        except (OSError, UnicodeDecodeError):
            raise KeyFault(f"key file {path} cannot be read; give a readable key file") from None
        versions: dict[int, bytes] = {}
        for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
            key = _LINE.fullmatch(line)
            version = int(key[1] or 1) if key else 0
            if key is None or version in versions:
                raise KeyFault(
                    f"key file {path}, line {number}: needs base64 of {_SIZE} bytes, each version "
                    "once (v1:...); put the right file back"
                )
            versions[version] = _decoded(key[2])
        if not versions:
            raise KeyFault(f"key file {path} is empty; put the right file back")
        return cls(versions)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:  # pragma: no cover - the pattern admits only base64
        raise KeyFault("key file holds no base64") from None


def make_key(path: Path) -> None:
    """Write a new random key, readable by its owner only; an existing file is never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"v1:" + base64.b64encode(os.urandom(_SIZE)) + b"\n")
