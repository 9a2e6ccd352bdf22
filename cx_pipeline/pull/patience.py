"""How often and how long something is tried: the only place where a pull waits."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cx_pipeline.pull.fault import PullFault, Transient
from cx_pipeline.sections import PullFrom

_T = TypeVar("_T")
_LONGEST = 60.0  # seconds between two tries, unless the other side asks for more


@dataclass
class Patience:
    """Bounded tries with exponential backoff and full jitter, until one deadline for the source."""

    place: PullFrom
    began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.began + self.place.deadline - time.monotonic()

    def check(self) -> None:
        """Raise PullFault when the deadline has passed."""
        if self.left <= 0:
            raise self._late()

    def wait(self, seconds: float) -> None:
        """Sleep, unless the deadline would pass meanwhile. Raises PullFault."""
        if seconds >= self.left:
            raise self._late()
        time.sleep(max(seconds, 0.0))

    def keep_trying(self, action: Callable[[], _T]) -> _T:
        """What `action` returns, tried again after each Transient. Raises PullFault."""
        for attempt in range(self.place.attempts):
            self.check()
            try:
                return action()
            except Transient as fault:
                if attempt + 1 == self.place.attempts:
                    tries = f"after {attempt + 1} tries" if attempt else "at its only try"
                    raise PullFault(f"{fault} {tries}; the next pull tries again") from None
                grown = min(_LONGEST, self.place.backoff * 2**attempt)
                self.wait(max(random.uniform(0, grown), fault.wait or 0.0))
        raise AssertionError("unreachable")

    def _late(self) -> PullFault:
        return PullFault(
            f"did not end within {self.place.deadline:g} s; raise deadline in cx.toml, "
            "or pull less at once"
        )
