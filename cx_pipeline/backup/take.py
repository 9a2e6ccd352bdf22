"""Take a backup: all that a home needs to go on, but its keys and what was delivered."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cx_pipeline.backup import history, shelf
from cx_pipeline.backup.facts import facts_of
from cx_pipeline.backup.fault import BackupRefused
from cx_pipeline.backup.package import Packing, packed
from cx_pipeline.backup.temporary import temporary
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.vault_fault import PATIENCE, vault_fault
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect

# In a home's `state/`: what a backup holds, what goes into the file of tombstones (the newest of
# these is right for every backup), and what is made again, belongs to one machine, or is a key.
KEPT = ("archive", "runs", "alerts", "releases", "manifests")
NEWEST = ("tombstones.sqlite", "register.sqlite")
LEFT = (
    "keys", "tmp", "dbt", "dagster", "gx", "logs", "run.lock", "backups.json", "restored.json",
    "known.sqlite", "known.sqlite-journal", "vault.sqlite-journal", "rotation.swap",
    "pulls",  # what was pulled and not landed is in no backup: a restored home pulls anew
)  # fmt: skip
_SPARE = 1 << 20


@dataclass(frozen=True)
class Taken:
    """A backup that was written and read back; `tombstones` is the file beside it, if any."""

    path: Path
    made_at: datetime
    bytes: int
    members: int
    tombstones: Path | None


def take(settings: Settings, folder: Path, now: datetime | None = None) -> Taken:
    """Write `cx-<moment>.backup` (and `.tombstones`, if there are any) into `folder`.

    The caller holds the run lock. Every chunk and member is read back before the files bear their
    names. Raises BackupRefused, BackupError, KeyFault, LockHeld, WarehouseError.
    """
    if not settings.warehouse_file.exists():
        raise BackupRefused(f"{settings.home} holds no warehouse yet; run first: cx run")
    keys = Keys.load(settings)
    moment = now or datetime.now(UTC)
    beside = _tombstones(settings, keys, folder, moment)
    path = shelf.path_of(folder, shelf.BACKUP, moment)
    about = shelf.about(shelf.BACKUP, moment, has_tombstones=beside is not None)
    with packed(path, keys, about, _needed(settings)) as packing:
        _pack(settings, packing)
        packing.facts |= {"made_at": moment.isoformat(), "home": settings.home.name}
    told = {"backup": path.name, "tombstones": beside.name if beside else "none"}
    Audit(settings.audit_file, settings.vault_file).append(actor_name(), "backup", told)
    history.note(settings, "taken", {"file": str(path), "made_at": moment.isoformat()})
    return Taken(path, moment, path.stat().st_size, len(packing.members), beside)


def _pack(settings: Settings, packing: Packing) -> None:
    state = settings.state
    with _vault_held(settings.vault_file):  # no act can be written between the chain and its anchor
        if settings.audit_file.exists():
            packing.add(settings.audit_file, "state/audit.jsonl")
            packing.facts["acts"] = settings.audit_file.read_bytes().count(b"\n")
        if settings.vault_file.exists():  # last: to close a file drops all locks on it
            packing.add(settings.vault_file, "state/vault.sqlite")
    packing.add(settings.home / "cx.toml", "cx.toml")
    for declared in (settings.funnels_file, settings.fixes_file):
        if declared.exists():
            packing.add(declared, declared.name)
    for name in KEPT:
        for path in sorted((state / name).rglob("*")):
            if path.is_file():
                packing.add(path, path.relative_to(settings.home).as_posix())
    for path in sorted(settings.published.glob("*/*/manifest.json")):
        audience, publish = path.parts[-3:-1]
        if not path.parent.is_symlink() and not publish.startswith("."):
            packing.add(path, f"state/manifests/{audience}/{publish}.json")
    with connect(settings.warehouse_file) as con:
        con.execute("checkpoint")
    # Open while it is read: no other program can write it meanwhile.
    with connect(settings.warehouse_file, read_only=True) as con:
        live = settings.published / "analysts" / "current" / "manifest.json"
        packing.facts |= facts_of(con, live)
        packing.add(settings.warehouse_file, "state/warehouse.duckdb")


def _tombstones(settings: Settings, keys: Keys, folder: Path, moment: datetime) -> Path | None:
    """Tombstones and the register of requests in a file of their own, as they are now."""
    files = [settings.state / name for name in NEWEST if (settings.state / name).exists()]
    if not files:
        return None
    path = shelf.path_of(folder, shelf.TOMBSTONES, moment)
    about = shelf.about(shelf.TOMBSTONES, moment)
    needed = sum(file.stat().st_size for file in files) + _SPARE
    with temporary(settings.state, "copy") as aside, packed(path, keys, about, needed) as packing:
        for file in files:
            with (
                closing(sqlite3.connect(file)) as con,
                closing(sqlite3.connect(aside / file.name)) as copy,
            ):
                con.backup(copy)
            (aside / file.name).chmod(0o600)
            packing.add(aside / file.name, f"state/{file.name}")
    return path


@contextmanager
def _vault_held(vault: Path) -> Iterator[None]:
    """Hold the vault's write lock: what it holds is on the disk, and stays as it is."""
    if not vault.exists():
        yield
        return
    try:
        with closing(sqlite3.connect(vault, timeout=PATIENCE, isolation_level=None)) as con:
            con.execute("begin immediate")
            yield
            con.execute("rollback")
    except sqlite3.Error as fault:
        raise vault_fault(vault, fault) from None


def _needed(settings: Settings) -> int:
    files = [settings.warehouse_file, settings.vault_file, settings.audit_file]
    files += [path for name in KEPT for path in (settings.state / name).rglob("*")]
    return sum(path.stat().st_size for path in files if path.is_file()) + _SPARE
