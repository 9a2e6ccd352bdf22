"""Tokens: equal values give equal tokens everywhere, and without the key nobody can tell more."""

from collections.abc import Iterable, Sequence

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.normalise import normalised
from cx_pipeline.privacy.vault import Vault

try:  # the interpreter's own: it copies a hash half done at a third of what OpenSSL's copy costs
    from _sha256 import sha256  # type: ignore[import-not-found]
except ImportError:  # of another name since Python 3.12, and not in every build
    from hashlib import sha256

_BLOCK = 64
_PART = 4096  # values at once: what is needed for them stays in the cache
_REMEMBERED = 100_000  # values a kind, about 25 MB: more are made again


class Tokenizer:
    """Makes tokens with the current key, sealing each new value in the vault, if one is given.

    The token is `v<n>_` and the first 32 hex digits of HMAC-SHA256(key n, kind, unit separator,
    normalised value): kinds are apart, so a phone and an account of equal digits never meet.
    """

    def __init__(self, keys: Keys, vault: Vault | None = None) -> None:
        key = keys.token_key().ljust(_BLOCK, b"\0")
        self._prefix = f"v{keys.current}_"
        self._inner = sha256(bytes(byte ^ 0x36 for byte in key))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in key))
        self._vault = vault
        self._made: dict[str, dict[str, str | None]] = {}

    def tokens(self, kind: str, values: Iterable[str | None]) -> list[str | None]:
        """One token a value, in order; None where nothing is left of the value."""
        told = list(values)
        made: list[str | None] = []
        for start in range(0, len(told), _PART):
            made += self._of_part(kind, told[start : start + _PART])
        return made

    def _of_part(self, kind: str, told: list[str | None]) -> list[str | None]:
        made = self._made.setdefault(kind, {})
        new = [value for value in dict.fromkeys(told) if value and value not in made]
        if new:
            if len(made) + len(new) > _REMEMBERED:  # another thread may still read the old ones
                made = self._made[kind] = {v: made[v] for v in told if v and v in made}
            tokens = self._new(kind, new)
            made.update(zip(new, tokens, strict=True))
            if len(new) == len(told):  # each was new, and there once
                return tokens
        return [made[value] if value else None for value in told]

    def _new(self, kind: str, values: Sequence[str]) -> list[str | None]:
        """Tokens of values that are safe in the vault when this returns."""
        plains = normalised(kind, values)
        tokens = self._hashed(kind, plains)
        if self._vault is not None:
            pairs = zip(tokens, plains, strict=True)
            self._vault.seal(kind, ((token, plain) for token, plain in pairs if token and plain))
        return tokens

    def _hashed(self, kind: str, plains: Sequence[str | None]) -> list[str | None]:
        inner = self._inner.copy()
        inner.update(f"{kind}\x1f".encode())
        # HMAC with its two pads hashed once: a value costs two copies and two blocks.
        start, finish, prefix = inner.copy, self._outer.copy, self._prefix
        tokens: list[str | None] = []
        for plain in plains:
            if plain is None:
                tokens.append(None)
                continue
            try:
                message = plain.encode()
            except UnicodeEncodeError:  # half a character, as broken exports have
                message = plain.encode("utf-8", "surrogatepass")
            first = start()
            first.update(message)
            second = finish()
            second.update(first.digest())
            tokens.append(prefix + second.hexdigest()[:32])
        return tokens
