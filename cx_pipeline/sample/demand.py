"""Why people turn to service, and when: the demand that calls, chats and cases answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cx_pipeline.sample.clock import DAY, Flags, Ints, Period, stream
from cx_pipeline.sample.people import People

REASONS = ("Billing", "Delivery", "Returns", "Login", "Product", "Complaint")
QUEUES = ("Billing", "Orders", "Orders", "Technical", "Technical", "Care")


@dataclass(frozen=True)
class Demand:
    """One entry a contact, in time order: who, why (index of REASONS), when, by call or case.

    One in five returns with the same reason within a week: the case first-contact resolution
    looks for. `person` is -1 where nobody is known.
    """

    person: Ints
    reason: Ints
    at: Ints
    is_call: Flags

    @property
    def count(self) -> int:
        return len(self.person)


def make_demand(people: People, count: int, period: Period, seed: int) -> Demand:
    """Draw `count` contacts: six calls or chats to four cases, busier by day than by night."""
    random = stream(seed, 4)
    weight = people.activity * (1 + 0.6 * (people.mood < -0.5))
    person = random.choice(people.count, count, p=weight / weight.sum()).astype(np.int64)
    reason = random.choice(6, count, p=[0.2, 0.28, 0.14, 0.16, 0.14, 0.08])
    latest = period.end - 6 * 3600
    day = random.integers(0, period.days, count)
    second = (random.normal(14, 4, count) % 24 * 3600).astype(np.int64)
    at = np.minimum(period.start + day * DAY + second, latest - random.integers(0, DAY, count))
    at = np.maximum(at, people.joined_at[person] + 3600)
    at = np.minimum(at, latest)
    returns = np.arange(count) >= count * 4 // 5
    before = random.integers(0, max(1, count * 4 // 5), count)
    again = at[before] + (random.uniform(0.3, 6.5, count) * DAY).astype(np.int64)
    returns &= again < latest
    person = np.where(returns, person[before], person)
    reason = np.where(returns, reason[before], reason)
    at = np.where(returns, again, at)
    order = np.argsort(at, kind="stable")
    is_call = np.zeros(count, dtype=np.bool_)
    is_call[random.permutation(count)[: count * 6 // 10]] = True
    return Demand(person[order], reason[order].astype(np.int64), at[order], is_call)
