"""The token or password of a source: from the environment or a command, never kept, never told."""

from pathlib import Path

from cx_pipeline.privacy.printed import CommandFailed, printed
from cx_pipeline.pull.fault import PullFault
from cx_pipeline.sections import PullFrom
from cx_pipeline.settings import environment


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
        told = printed(command, home).decode(errors="replace").strip()
    except CommandFailed as fault:
        raise PullFault(f"{where} {fault}; run it by hand") from None
    if not told:
        raise PullFault(f"{where} gave no secret; run it by hand")
    return told
