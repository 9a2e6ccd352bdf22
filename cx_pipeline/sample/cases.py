"""Service cases of the sample: what people wrote to us and how long it took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cx_pipeline.sample.clock import DAY, NEVER, Flags, Ints, Period, stream
from cx_pipeline.sample.demand import Demand
from cx_pipeline.sample.people import People

ORIGINS = ("Email", "Web", "Social")
PRIORITIES = ("Low", "Medium", "High", "Urgent")


@dataclass(frozen=True)
class Cases:
    """One entry a case; `replied_at` and `closed_at` are NEVER where that has not happened.

    `unlinked` cases name no contact, only the address they came from. `tells` says what the text
    gives away of its writer: 0 nothing, 1 name, 2 e-mail, 3 phone, 4 card number.
    """

    person: Ints
    reason: Ints
    created_at: Ints
    replied_at: Ints
    closed_at: Ints
    origin: Ints
    priority: Ints
    agent: Ints
    escalated: Flags
    unlinked: Flags
    tells: Ints

    @property
    def count(self) -> int:
        return len(self.person)


def make_cases(people: People, demand: Demand, period: Period, seed: int) -> Cases:
    """Work the cases of `demand`; some are still open, or unanswered, when the period ends."""
    random = stream(seed, 6)
    taken = ~demand.is_call
    created = demand.at[taken]
    count = len(created)
    replied = created + 600 + (random.exponential(5 * 3600, count)).astype(np.int64)
    closed = replied + 600 + (random.exponential(1.5 * DAY, count)).astype(np.int64)
    return Cases(
        person=demand.person[taken],
        reason=demand.reason[taken],
        created_at=created,
        replied_at=np.where(replied < period.end, replied, NEVER),
        closed_at=np.where(closed < period.end, closed, NEVER),
        origin=random.choice(3, count, p=[0.55, 0.38, 0.07]),
        priority=random.choice(4, count, p=[0.2, 0.55, 0.2, 0.05]),
        agent=random.integers(0, max(6, count // 120), count),
        escalated=random.random(count) < 0.06,
        unlinked=random.random(count) < 0.1,
        tells=random.choice(5, count, p=[0.7, 0.12, 0.08, 0.07, 0.03]),
    )
