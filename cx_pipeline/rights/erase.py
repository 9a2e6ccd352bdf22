"""Erasure: from everything that is kept, and from everything that will come."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb

from cx_pipeline.backup.restore import MARKER
from cx_pipeline.columns import IDENTIFYING
from cx_pipeline.contracts import Pack, find_packs, load_pack
from cx_pipeline.landing.discover import discover
from cx_pipeline.landing.forget import forget
from cx_pipeline.landing.inherit import inherited, plain_found
from cx_pipeline.landing.packs import landed_contracts
from cx_pipeline.landing.retire import retire
from cx_pipeline.landing.search import holds, unread_files
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.known import Known
from cx_pipeline.privacy.safe_text import safe_name
from cx_pipeline.privacy.tombstones import Identifier, Tombstones
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.release import forget as publishes
from cx_pipeline.rewrite import rewrite
from cx_pipeline.rights.law import verification
from cx_pipeline.rights.person import person_of
from cx_pipeline.rights.register import Register, Request, identifiers_of
from cx_pipeline.rights.stored import clear, tokens_of, warehouse
from cx_pipeline.settings import Settings


@dataclass(frozen=True)
class Erased:
    """What an erasure did. `shared` tokens stay: somebody else holds them too."""

    request: str
    tokens: int
    rows: int
    blanked: int
    files: tuple[str, ...]
    publishes: tuple[str, ...]
    shared: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        if not self.rows and not self.blanked and not self.files:
            return "nothing was held; a tombstone keeps it from being stored"
        return (
            f"{self.rows} rows erased, {self.blanked} rows blanked, "
            f"{len(self.files)} delivered files and {len(self.publishes)} publishes deleted"
        )


def erase(
    settings: Settings,
    given: Sequence[Identifier],
    *,
    actor: str,
    verified_by: str,
    with_namesakes: bool = False,
    now: datetime | None = None,
) -> Erased:
    """Erase the person who holds the given identifiers, (kind, value) each; holds the run lock.

    First the request is written down and tombstones are laid, then all that is stored is cleared:
    cut off in between, the next run or request ends it. The marts are built anew, and the publish
    that is live is replaced, by the next night. Raises RightRefused, KeyFault, WarehouseError.
    """
    at, verified_by = now or datetime.now(UTC), verification(verified_by)
    keys, told = Keys.load(settings), Tombstones.of(settings, make_key=True)
    tokens, register = tokens_of(keys, given), Register(settings.register_file)
    finish(settings)
    with warehouse(settings) as con:
        contracts = landed_contracts(settings, con)
        person = person_of(con, tokens, with_namesakes=with_namesakes)
        own, plain = inherited(con, contracts, register.with_restricted(person.own), ())
    todo = {"stage": "store", "tokens": sorted(own), "plain": sorted(plain)}
    request = register.receive("erase", actor, verified_by, at, todo)
    audit = Audit(settings.audit_file)
    audit.append(actor, "erase", {"request": request.request, "verified_by": verified_by}, at=at)
    values = [(kind, value) for kind, value in given if kind != "token"]
    told.lay([*values, *plain], request.request, at.isoformat())
    return _carry_out(settings, request, at, person.shared)


def finish(settings: Settings) -> None:
    """End the erasures that were cut off while they cleared what is stored."""
    for request in Register(settings.register_file).unfinished():
        if request.todo and request.todo["stage"] == "store":
            _carry_out(settings, request, datetime.now(UTC))


def waiting(settings: Settings) -> list[Request]:
    """The requests that end with the next publish."""
    unfinished = Register(settings.register_file).unfinished()
    return [
        request for request in unfinished if request.todo and request.todo["stage"] == "publish"
    ]


def published(settings: Settings) -> None:
    """A publish that follows the requests is live: they are closed. Those before it go where
    somebody was erased or restricted.
    """
    register, requests = Register(settings.register_file), waiting(settings)
    hides = any(request.right in {"erase", "restrict"} for request in requests)
    gone = publishes.forget(settings.published, but_current=True) if hides else []
    now = datetime.now(UTC)
    for request in requests:
        outcome = str(request.todo["outcome"]) if request.todo else ""
        told = {"request": request.request, "outcome": outcome, "publishes": ", ".join(gone)}
        act = "erased" if request.right == "erase" else "request closed"
        Audit(settings.audit_file).append(request.actor, act, told, at=now)
        register.close(request.request, outcome, now)


def replay_restored(settings: Settings) -> Erased | None:
    """In a restored home, erase again who was erased after its backup; then its marker goes.

    The caller holds the run lock. Raises KeyFault while the tombstones cannot be read: no run may
    begin before.
    """
    marker = settings.state / MARKER
    if not marker.exists():
        return None
    done = replay(settings) if settings.tombstones_file.exists() else None
    marker.unlink()
    return done


def replay(settings: Settings) -> Erased:
    """Erase again everyone on whom a tombstone lies: what came back with a restored backup.

    Their tokens are found by opening every identifier of the vault, so that nothing has to
    remember them. Raises KeyFault, WarehouseError.
    """
    stones = Tombstones.of(settings)
    with Vault(settings.vault_file, Keys.load(settings)) as vault:
        tokens = {
            token for kind, token, value in vault.values(IDENTIFYING) if stones.found(kind, [value])
        }
    with warehouse(settings) as con:
        contracts = landed_contracts(settings, con)
        own, plain = inherited(con, contracts, tokens, plain_found(con, contracts, stones))
    return _clear_stored(settings, "replay", own, sorted(plain), datetime.now(UTC))


def _carry_out(
    settings: Settings, request: Request, now: datetime, shared: Iterable[str] = ()
) -> Erased:
    todo = request.todo or {}
    tokens, plain = set(todo["tokens"]), identifiers_of(todo)
    done = _clear_stored(settings, request.request, tokens, plain, now)
    register = Register(settings.register_file)
    register.forget(tokens)
    register.carry(request.request, {"stage": "publish", "outcome": done.outcome})
    return replace(done, shared=tuple(sorted(shared)))


def _clear_stored(
    settings: Settings,
    request: str,
    tokens: Collection[str],
    plain: Sequence[Identifier],
    now: datetime,
) -> Erased:
    """Take the tokens and ids out of all that is stored; done twice, it changes nothing."""
    with Vault(settings.vault_file, Keys.load(settings)) as vault:
        known = [
            (str(vault.kind(token)), value)
            for token in sorted(tokens)
            if (value := vault.open(token)) is not None
        ]
    Tombstones.of(settings, make_key=True).lay([*known, *plain], request, now.isoformat())
    with warehouse(settings) as con:
        contracts = landed_contracts(settings, con)
        touched, loose = forget(con, contracts, settings.archive, tokens, plain)
        retired = retire(settings, con, now)
        unread = _delete_unread(settings, con, [*known, *plain])
        clear(con, tokens)
    told = settings.warehouse
    rewrite(
        settings.warehouse_file,
        memory_limit=told.memory_limit,
        threads=told.threads,
        block_compression=told.block_compression,
    )
    keys = Keys.load(settings)
    with (
        Vault(settings.vault_file, keys) as vault,
        Known(settings.known_file, keys, vault) as names,
    ):
        names.forget({*tokens, *loose})
        vault.destroy(tokens)
        vault.drop(loose - set(tokens))
    return Erased(
        request,
        len(tokens),
        sum(file.gone for file in touched),
        sum(file.changed for file in touched),
        tuple([*retired, *unread]),
        tuple(publishes.forget(settings.published, but_current=True)),
    )


def _active(settings: Settings) -> list[Pack]:
    known = find_packs(settings.pack_roots)
    reading = settings.redaction.reading
    return [load_pack(known[name], reading) for name in settings.sources if name in known]


def _delete_unread(
    settings: Settings, con: duckdb.DuckDBPyConnection, identifiers: Sequence[Identifier]
) -> list[str]:
    """Files that were never read, and hold one of the values: nobody else can take it out."""
    gone = []
    for path in unread_files(settings.landing, discover(con, settings.landing, _active(settings))):
        if holds(path, identifiers):
            path.unlink()
            gone.append(safe_name(path.relative_to(settings.landing).as_posix()))
    return gone
