"""What a program of the user's prints: a key, a token or a password."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

_PATIENCE = 60  # seconds: a command that asks someone for a password would wait for ever


class CommandFailed(Exception):
    """The program gave nothing; the message goes on where the program was named."""


def printed(command: Sequence[str], folder: Path) -> bytes:
    """Run it in `folder`, without a shell or input. Raises CommandFailed.

    Its arguments and its stderr may hold secrets: they are never told.
    """
    try:
        done = subprocess.run(
            list(command),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"did not end within {_PATIENCE} seconds") from None
    except (OSError, ValueError):
        raise CommandFailed("cannot be started; name a program that is there") from None
    if done.returncode:
        raise CommandFailed(f"failed (exit code {done.returncode})")
    return done.stdout
