"""Requests that end with a folder for the person: begun once, approved, opened, written whole."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.reveal import Reveals
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.rights.index import Found, Mentions, OwnRows, find, mentions, own_rows
from cx_pipeline.rights.opened import HIDDEN, Opener
from cx_pipeline.rights.person import RightRefused
from cx_pipeline.rights.register import Register, Request
from cx_pipeline.rights.request import NOTHING, Asked, begin, written
from cx_pipeline.rights.stored import warehouse
from cx_pipeline.settings import Settings


@dataclass(frozen=True)
class Answered:
    """What became of the request. Without a folder nothing is held of the person."""

    request: str
    outcome: str
    folder: str | None = None
    rows: int = 0
    opened: int = 0


@dataclass(frozen=True)
class Held:
    """A person with all raw rows that are theirs or mention them."""

    found: Found
    own: tuple[OwnRows, ...]
    mentions: tuple[Mentions, ...]

    @property
    def rows(self) -> int:
        return sum(len(table.rows) for table in self.own) + sum(len(m.rows) for m in self.mentions)


# Writes the answer into a folder; what gathers it first says which tokens it is going to open.
Write = Callable[[Path], None]
Collect = Callable[[duckdb.DuckDBPyConnection, Held, Request, Opener], Write]


def answer(
    settings: Settings,
    right: str,
    asked: Asked,
    out: Path,
    collect: Collect,
    *,
    approver: str | None = None,
    hidden: Any = HIDDEN,
) -> Answered:
    """Write all that `collect` gathers of the person into the new folder `out`.

    The request stays open: it is answered when the folder has been handed over, which only a human
    knows (`cx subject close`). Asked again while it is open, it is the same request. Raises
    RightRefused, RevealRefused, KeyFault.
    """
    if out.exists():
        raise RightRefused(f"{out} is there already: nothing was done; name a new folder")
    register, said = begin(settings, asked)
    with warehouse(settings) as con:
        found = find(settings, con, asked.given, with_namesakes=asked.with_namesakes)
        held = Held(found, tuple(own_rows(con, found)), tuple(mentions(con, found)))
        request = _open_one(register, right, asked, found) or register.receive(
            right, asked.actor, said, asked.at, about=found.about if held.rows else ()
        )
        before = [r for r in register.about(found.person.own) if r.request != request.request]
        if not held.rows and not before:
            register.close(request.request, NOTHING, datetime.now(UTC))
            written(settings, request, outcome=NOTHING)
            return Answered(request.request, NOTHING)
        opener = Opener(found.person.own, hidden)
        write = collect(con, held, request, opener)
    agreed = Reveals(settings, datetime.now(UTC)).agree(
        asked.actor, min(found.person.own), f"{right}, all that is held", approver
    )
    told = {"rows": str(held.rows), "opened": str(len(opener.wanted))}
    written(settings, request, **told, **({"approver": agreed} if agreed else {}))
    with Vault(settings.vault_file, Keys.load(settings)) as vault:
        opener.open(vault)
    with _folder(out) as aside:
        write(aside)
    outcome = "the answer is written; hand it over and close the request"
    return Answered(request.request, outcome, str(out), held.rows, len(opener.wanted))


def _open_one(register: Register, right: str, asked: Asked, found: Found) -> Request | None:
    for request in register.about(found.person.own):
        if (request.right, request.actor) == (right, asked.actor) and not request.closed_at:
            return request
    return None


@contextmanager
def _folder(out: Path) -> Iterator[Path]:
    """A folder aside, for its owner only, that takes its name when all is in it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(f".{out.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    try:
        yield aside
        for path in aside.rglob("*"):
            path.chmod(0o600)
        aside.rename(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
