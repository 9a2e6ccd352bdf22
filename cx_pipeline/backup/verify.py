"""Prove a backup by restoring it: into a folder that is gone afterwards."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cx_pipeline.backup import history, shelf
from cx_pipeline.backup.facts import facts_of, landed_since
from cx_pipeline.backup.fault import BackupError
from cx_pipeline.backup.restore import lay_out
from cx_pipeline.backup.temporary import temporary
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import WarehouseError, connect

_OPENED = 100  # sealed values that are opened for proof
_SAME = ("content_hash", "is_as_published", "last_load")


@dataclass(frozen=True)
class Proof:
    """What a restore of one backup showed.

    `recovery_seconds`: from the sealed file to a home whose marts, vault and chain are proved.
    What a restore would lose now: `loss_seconds` since the backup, and the files and rows that
    landed since (None where the warehouse of this home cannot be read).
    """

    backup: Path
    made_at: datetime
    content_hash: str
    publish: str | None
    is_as_published: bool
    members: int
    acts: int
    recovery_seconds: float
    loss_seconds: float
    files_since: int | None
    rows_since: int | None


def verify(settings: Settings, place: Path, now: datetime | None = None) -> Proof:
    """Restore the backup `place` aside, compare it with what it was made of, and note the proof.

    Raises BackupError when anything differs, BackupRefused, SealedFileDamaged, KeyFault,
    WarehouseError.
    """
    moment = now or datetime.now(UTC)
    kept = shelf.chosen(place)
    keys = Keys.load(settings)
    laid = shelf.newest(kept.path.parent, shelf.TOMBSTONES)
    with temporary(settings.state, "verify") as home:
        began = time.monotonic()
        index = lay_out(kept, laid, keys, home)
        restored = Settings(home=home)
        _prove_warehouse(kept.path, restored, index)
        _prove_vault(kept.path, restored, keys)
        acts = _prove_chain(kept.path, restored, index)
        seconds = time.monotonic() - began
    since = _landed_since(settings, index["last_load"])
    told: dict[str, Any] = {"file": str(kept.path), "made_at": kept.made_at.isoformat()}
    told |= {"verified_at": moment.isoformat(), "recovery_seconds": round(seconds, 3)}
    history.note(settings, "verified", told)
    return Proof(
        backup=kept.path,
        made_at=kept.made_at,
        content_hash=index["content_hash"],
        publish=index["publish"],
        is_as_published=index["is_as_published"],
        members=len(index["members"]),
        acts=acts,
        recovery_seconds=round(seconds, 3),
        loss_seconds=round((moment - kept.made_at).total_seconds(), 1),
        files_since=since["files"] if since else None,
        rows_since=since["rows"] if since else None,
    )


def _prove_warehouse(path: Path, restored: Settings, index: dict[str, Any]) -> None:
    publish, audience = index["publish"], "analysts"
    manifest = restored.state / "manifests" / audience / f"{publish}.json"
    with connect(restored.warehouse_file, read_only=True) as con:
        found = facts_of(con, manifest)
    for name in sorted(index["marts"].keys() | found["marts"].keys()):
        if index["marts"].get(name) != found["marts"].get(name):
            raise BackupError(f"{path}: {name} is not what it was when the backup was made")
    if wrong := [key for key in _SAME if index[key] != found[key]]:
        raise BackupError(
            f"{path}: {wrong[0]} of the warehouse is not what it was; use another one"
        )


def _prove_vault(path: Path, restored: Settings, keys: Keys) -> None:
    vault = restored.vault_file
    tokens: list[tuple[str]] = []
    try:
        with closing(sqlite3.connect(vault)) as con:
            is_whole = con.execute("pragma quick_check").fetchone() == ("ok",)
            wanted = "select token from sealed where wrapped_key <> x'' limit ?"
            tokens = con.execute(wanted, [_OPENED]).fetchall()
    except sqlite3.DatabaseError:
        is_whole = False
    if not is_whole:
        raise BackupError(f"{path}: its vault is damaged; use another one")
    with Vault(vault, keys) as opened:
        for (token,) in tokens:
            opened.open(token)


def _prove_chain(path: Path, restored: Settings, index: dict[str, Any]) -> int:
    audit = Audit(restored.audit_file, restored.vault_file)
    if broken := audit.broken():
        raise BackupError(f"{path}: {broken}; see cx audit verify")
    lines = restored.audit_file.read_bytes().count(b"\n") if restored.audit_file.exists() else 0
    if lines != index.get("acts", 0):
        raise BackupError(f"{path}: its audit chain has {lines} acts, not {index.get('acts', 0)}")
    return lines


def _landed_since(settings: Settings, load: int) -> dict[str, int] | None:
    try:
        with connect(settings.warehouse_file, read_only=True) as con:
            return landed_since(con, load)
    except WarehouseError:
        return None
