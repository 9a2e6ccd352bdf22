"""The sample's period, its random streams, its record ids and how its moments are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DAY = 86_400
NEVER = np.int64(2**53)  # later than any moment of the sample

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Period:
    """The days the sample tells of: the first and the last, both whole days in UTC."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> int:
        """Epoch second at which the first day begins."""
        return int(datetime(*self.first.timetuple()[:3], tzinfo=UTC).timestamp())

    @property
    def end(self) -> int:
        """Epoch second at which the last day is over."""
        return self.start + self.days * DAY

    def day(self, number: int) -> date:
        return self.first + timedelta(days=number)

    def night_ends(self, nights: int) -> list[int]:
        """The day number (exclusive) up to which each night delivers; the last is all days."""
        return [round(self.days * (night + 1) / nights) for night in range(nights)]


def stream(seed: int, *topic: int) -> np.random.Generator:
    """An own random stream a topic, so that a change in one leaves the others as they are."""
    return np.random.default_rng([seed, *topic])


def record_id(prefix: str, number: int) -> str:
    """An 18-character record id as Salesforce writes them: prefix, 12 letters, checksum."""
    scrambled = (number + 1) * 11_400_714_819_323_198_485 % 2**56
    letters = []
    for _ in range(12):
        scrambled, place = divmod(scrambled, 26)
        letters.append(_LETTERS[place])
    return f"{prefix}{''.join(letters)}AAA"


def uuids(random: np.random.Generator, count: int) -> list[str]:
    """Random version-4 style ids, as Amazon Connect gives its contacts."""
    text = random.bytes(16 * count).hex()
    return [
        f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"
        for h in (text[i : i + 32] for i in range(0, 32 * count, 32))
    ]


def moments(seconds: Ints, form: str) -> list[str]:
    """Epoch seconds as text in `form` ("T...Z" styles of numpy's ISO text); empty for NEVER.

    `form` is one of "iso" (2026-05-01T10:00:00Z), "iso_ms" (…00.000Z), "blank" (2026-05-01
    10:00:00) or "date".
    """
    known = seconds < NEVER
    stamps = np.where(known, seconds, 0).astype("datetime64[s]")
    texts: Iterable[str] = np.datetime_as_string(stamps).tolist()
    if form == "date":
        texts = (text[:10] for text in texts)
    elif form == "blank":
        texts = (text.replace("T", " ") for text in texts)
    else:
        ending = ".000Z" if form == "iso_ms" else "Z"
        texts = (text + ending for text in texts)
    return [text if is_known else "" for text, is_known in zip(texts, known.tolist(), strict=True)]
