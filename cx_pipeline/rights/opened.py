"""Cells of a person's rows as the person may see them: their own values opened, no one else's."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from cx_pipeline.columns import Column
from cx_pipeline.privacy.vault import Vault

_TOKEN = re.compile(r"v[1-9][0-9]{0,2}_[0-9a-f]{32}")
# In a row whose subject the person is these are theirs; an e-mail, a phone, an account or a device
# may be the spouse's or the agent's, and is shown only where it is proved to be the person's alone.
_OWN_KINDS = {"name", "address", "ip", "birth_date", "national_id", "card"}
HIDDEN = "[held, not shown: it may be another person's]"
NOT_HELD = "[its value is not held any more]"


class Opener:
    """Opens the tokens of one person; every other token becomes `hidden`.

    Collect first (`wanted` counts what would be opened), write that into the audit chain, then
    open: nothing is shown before it is written down.
    """

    def __init__(self, own: Collection[str], hidden: Any = HIDDEN) -> None:
        self._own = set(own)
        self._hidden = hidden
        self._values: dict[str, str] = {}
        self.wanted: set[str] = set()

    def want(self, column: Column | None, values: Iterable[Any]) -> None:
        """Note the tokens among a column's values that `cell` is going to open."""
        self.wanted |= {v for v in values if is_token(v) and self._is_theirs(column, v)}

    def open(self, vault: Vault) -> None:
        """Read what is wanted from the vault."""
        for token in self.wanted:
            value = vault.open(token)
            self._values[token] = NOT_HELD if value is None else value

    def cell(self, column: Column | None, value: Any) -> Any:
        """What the person sees of a value of one of their rows."""
        if not is_token(value):
            return value
        return self._values.get(value, self._hidden)

    def _is_theirs(self, column: Column | None, token: str) -> bool:
        is_own_kind = bool(column and column.pii and column.pii.kind in _OWN_KINDS)
        return is_own_kind or token in self._own


def is_token(value: Any) -> bool:
    return isinstance(value, str) and bool(_TOKEN.fullmatch(value))
