"""Why a source could not be pulled: what is worth another try, and what is not."""

from importlib import import_module
from types import ModuleType


class PullFault(Exception):
    """A table cannot be pulled; the message says why and the remedy, and quotes no answer."""


class Transient(Exception):
    """What may pass by itself: tried again, after `wait` seconds at least when the other side
    says so. The message is a fault's beginning."""

    def __init__(self, told: str, wait: float | None = None) -> None:
        super().__init__(told)
        self.wait = wait


def needed(module: str) -> ModuleType:
    """A library of the extra `pull`, imported when it is used. Raises PullFault."""
    try:
        return import_module(module)
    except ImportError:
        extra = {"gcsfs": "pull-gcs", "adlfs": "pull-azure"}.get(module, "pull")
        raise PullFault(
            f"needs the library {module.partition('.')[0]}; install it with: "
            f"pip install 'cx-pipeline[{extra}]'"
        ) from None
