"""What is said when the vault's file cannot be used, whoever wanted it."""

import sqlite3
from pathlib import Path

from cx_pipeline.privacy.keys import KeyFault
from cx_pipeline.warehouse import LockHeld

PATIENCE = 60  # seconds: a landing writes the vault for about as long before it commits


def vault_fault(vault: Path, fault: OSError | sqlite3.Error) -> KeyFault | LockHeld:
    """LockHeld when someone else writes it, else KeyFault."""
    if getattr(fault, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LockHeld(
            f"vault {vault} is in use by a run: nothing was done; try again when it has ended"
        )
    return KeyFault(
        f"vault {vault} cannot be opened for writing ({fault}): nothing was done; make its folder "
        "writable, or restore a copy of it"
    )
