"""What privacy at the door costs of a night: tokens, sealing, redaction, tombstones."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from bench.measure import Line, cx
from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.landing.load import land
from cx_pipeline.settings import load_settings

# Where the landing does what it would not do if nothing were personal.
_AT_THE_DOOR = (
    "cx_pipeline.landing.protect._map_distinct",
    "cx_pipeline.landing.protect._redact_texts",
    "cx_pipeline.landing.protect._learn_names",
    "cx_pipeline.landing.protect.redact_undeclared",
    "cx_pipeline.landing.second_pass.SecondPass.begin",
    "cx_pipeline.landing.second_pass.SecondPass.end",
    "cx_pipeline.landing.prepare.keep_out",
    "cx_pipeline.privacy.vault.Vault.commit",
)


def door(home: Path) -> list[Line]:
    """200,000 events: CPU seconds at the door against those of the whole night."""
    cx(home, "init")
    cx(home, "sample", "--events", "200000", "--seed", "1")
    cx(home, "subject", "erase", "--email", "nobody@mail.example", "--verified-by", "bench")
    night = cx(home, "run", "--as-of", "2026-07-10")
    spent = _landed_again(home)
    return [
        Line(
            "privacy at the door, of a night's CPU (one tombstone laid)",
            f"{spent:.1f} CPU-s",
            f"{night.cpu:.1f} CPU-s",
            spent / night.cpu,
            "<= 0.10",
            spent <= 0.1 * night.cpu,
        )
    ]


def _landed_again(home: Path) -> float:
    """CPU seconds at the door while the same files land in a warehouse and vault of their own."""
    other = home.with_name("door")
    cx(other, "init", "--key-file", str(home / "state" / "keys" / "token.key"))
    for name in ("tombstones.sqlite", "keys/tombstone.key"):
        target = other / "state" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((home / "state" / name).read_bytes())
    settings = load_settings(other)
    shutil.rmtree(other / "landing")
    (home / "landing").rename(other / "landing")
    known = find_packs(settings.pack_roots)
    packs = [load_pack(known[name]) for name in settings.sources]
    spent = [0.0]
    with ExitStack() as stack:
        for name in _AT_THE_DOOR:
            stack.enter_context(_timed(name, spent))
        land(settings, packs, run_id="bench", now=datetime(2026, 7, 10, 3))
    return spent[0]


@contextmanager
def _timed(name: str, spent: list[float]) -> Iterator[None]:
    """Add the CPU seconds of every call of the function, of the thread that makes it."""
    where, _, called = name.rpartition(".")
    owner: Any = resolve_name(where)
    original: Callable[..., Any] = getattr(owner, called)

    def timed(*args: Any, **told: Any) -> Any:
        began = time.thread_time()
        try:
            return original(*args, **told)
        finally:
            spent[0] += time.thread_time() - began

    setattr(owner, called, timed)
    try:
        yield
    finally:
        setattr(owner, called, original)
