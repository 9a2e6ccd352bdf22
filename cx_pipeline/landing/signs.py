"""What a CSV reader cannot be told, told by signs: escapes, long delimiters, old line ends.

A delivered text is rewritten before it is cut into records: what is escaped becomes a sign of the
private use area, and each read value gets back what its signs stand for.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from cx_pipeline.extracts import Extract

BREAK = "\ue0c3"  # an escaped line end
_DELIMITER, _ESCAPE, _QUOTE = "\ue0c4", "\ue0c5", "\ue0c6"
_LONG = "\ue0c7"  # a delimiter of several characters


@dataclass(frozen=True)
class Signs:
    """How the CSV of one extract is rewritten, and read back."""

    escape: str
    delimiter: str
    quote: str
    line_end: str

    @classmethod
    def of(cls, extract: Extract) -> "Signs":
        return cls(extract.escape, extract.delimiter, extract.quote, extract.line_end)

    @property
    def between(self) -> str:
        """The delimiter to read the rewritten text by: one character."""
        return self.delimiter if len(self.delimiter) == 1 else _LONG

    @cached_property
    def meant(self) -> dict[str, str]:
        """What stands in a value, by its sign."""
        told = {_LONG: self.delimiter} if len(self.delimiter) > 1 else {}
        if self.escape:
            told |= {BREAK: "\n", _DELIMITER: self.delimiter, _ESCAPE: self.escape}
            told |= {_QUOTE: self.quote} if self.quote else {}
        return told

    def into(self, text: bytes) -> bytes:
        """Rewrite a text; once more changes nothing but what was cut in two at its end."""
        if self.line_end == "cr":
            text = text.replace(b"\r", b"\n")
        if self.escape and self.escape.encode() in text:
            text = self._escaped.sub(lambda found: self._sign_of[found[1]], text)
        if len(self.delimiter) > 1:
            text = text.replace(self.delimiter.encode(), _LONG.encode())
        return text

    def back(self, value: str) -> str:
        """The value that was delivered."""
        for sign, meant in self.meant.items():
            value = value.replace(sign, meant)
        return value

    def back_in_sql(self, value: str) -> str:
        """SQL of the value that was delivered, of the SQL of one that was read."""
        for sign, meant in self.meant.items():
            letters = " || ".join(f"chr({ord(letter)})" for letter in meant)
            value = f"replace({value}, chr({ord(sign)}), {letters})"
        return value

    @cached_property
    def _sign_of(self) -> dict[bytes, bytes]:
        return {
            meant.encode(): sign.encode() for sign, meant in self.meant.items() if sign != _LONG
        }

    @cached_property
    def _escaped(self) -> re.Pattern[bytes]:
        longest_first = sorted(self._sign_of, key=len, reverse=True)
        meant = b"|".join(map(re.escape, longest_first))
        return re.compile(re.escape(self.escape.encode()) + b"(" + meant + b")")
