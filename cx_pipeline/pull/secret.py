"""The token or password of a source: from the environment or a command, never kept, never told."""

import subprocess
from pathlib import Path

from cx_pipeline.pull.fault import PullFault
from cx_pipeline.sections import PullFrom
from cx_pipeline.settings import environment

_PATIENCE = 60  # seconds: a command that asks someone for a password would wait for ever


def secret_of(source: str, place: PullFrom, home: Path) -> str:
    """The secret, or an empty text where `[pull.<source>]` names none. Raises PullFault."""
    if place.secret is None:
        return ""
    if place.secret.env is not None:
        if told := environment(place.secret.env):
            return told.strip()
        raise PullFault(f"the variable {place.secret.env} is not set; set it to the secret")
    command = place.secret.command or ()
    where = f"the command {command[0]!r} of [pull.{source}] secret"
    try:
        done = subprocess.run(
            command,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PullFault(f"{where} did not end within {_PATIENCE} s; run it by hand") from None
    except (OSError, ValueError):
        raise PullFault(f"{where} cannot be started; name a program that is there") from None
    told = done.stdout.decode(errors="replace").strip()
    if done.returncode or not told:
        raise PullFault(f"{where} gave no secret (exit code {done.returncode}); run it by hand")
    return told
