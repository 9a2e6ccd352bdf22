"""Known values: texts a second against 100,000 known names, at the door and in the second pass."""

import time
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Line
from cx_pipeline.privacy.keys import Keys, make_key
from cx_pipeline.privacy.known import Known
from cx_pipeline.privacy.redaction import redact
from cx_pipeline.privacy.vault import Vault

NAMES = 100_000
_SYLLABLES = ("ka", "mo", "ri", "ber", "ton", "sen", "vi", "lo", "dre", "mil", "ler", "hof")


def known_values(home: Path, texts: Sequence[str]) -> list[Line]:
    """CPU seconds of the fastest of three runs; `texts` are as they were delivered."""
    home.mkdir(parents=True, exist_ok=True)
    make_key(home / "known.key")
    keys = Keys.read(home / "known.key")
    with (
        Vault(home / "known.vault", keys) as vault,
        Known(home / "known.sqlite", keys, vault) as known,
    ):
        began = time.process_time()
        known.add((str(number), _name(number)) for number in range(NAMES))
        known.commit()
        learned = 1e6 / NAMES * (time.process_time() - began)
        door = min(_cpu(known, redact(texts)) for _ in range(3))
        both = min(_cpu(known, texts, patterns=True) for _ in range(3))
    return [
        Line("known values, a new full name", f"{learned:.0f} us", "", None, "", None),
        Line(
            f"known values, texts against {NAMES:,} names",
            f"{len(texts) / door:,.0f} texts/s", "", None, "", None,
        ),
        Line(
            "redaction and known values together",
            f"{len(texts) / both:,.0f} texts/s", "", None, "", None,
        ),
    ]  # fmt: skip


def _cpu(known: Known, texts: Sequence[str | None], patterns: bool = False) -> float:
    began = time.process_time()
    known.redact(redact(texts) if patterns else texts)
    return time.process_time() - began


def _name(number: int) -> str:
    """Each number has a name of its own: seven syllables, the number in base 12."""
    left, signs = number * 7919 % 12**7, []
    for _ in range(7):
        left, digit = divmod(left, 12)
        signs.append(_SYLLABLES[digit])
    return f"{''.join(signs[:3]).title()} {''.join(signs[3:]).title()}"
