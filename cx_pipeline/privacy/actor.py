"""Who is at work: the person that the machine knows, not the one that the environment tells."""

import os
import pwd
from pathlib import Path

_LOGIN = Path("/proc/self/loginuid")
_NOBODY = 2**32 - 1  # the kernel's word for "no login": containers, services


def actor_name(login: Path = _LOGIN) -> str:
    """The OS user who logged in (kept by Linux through sudo and su), else the process's real user.

    Never LOGNAME or USER, which anyone sets. It cannot tell apart people who share an account,
    and root can be anyone.
    """
    try:
        number = int(login.read_text())
    except (OSError, ValueError):
        number = _NOBODY
    number = os.getuid() if number == _NOBODY else number
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
