"""Calls and chats of the sample's contact centre, leg by leg."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cx_pipeline.sample.clock import DAY, Flags, Ints, Period, stream, uuids
from cx_pipeline.sample.demand import Demand
from cx_pipeline.sample.people import People

SHORT_ABANDON = 5
SERVICE_TARGET = 20


@dataclass(frozen=True)
class Calls:
    """One entry an interaction; lengths in whole seconds, -1 where there was no such stretch.

    `kind` is 0 call, 1 chat, 2 callback. `wait` is the time in queue, -1 for those that ended in
    the menu. `talk`, `hold`, `wrap` are of the first agent, the `second_` ones of the agent a call
    was transferred to (without another queue). `known` calls carry the customer number, `withheld`
    ones no phone number; `stranger` phones are in no other source. `is_test` calls are our own.
    """

    ids: list[str]
    second_ids: list[str]
    person: Ints
    reason: Ints
    started_at: Ints
    arrives_on: Ints
    kind: Ints
    menu: Ints
    wait: Ints
    agent: Ints
    talk: Ints
    hold: Ints
    wrap: Ints
    second_agent: Ints
    second_talk: Ints
    second_wrap: Ints
    phone: Ints
    known: Flags
    withheld: Flags
    stranger: Flags
    is_test: Flags

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def offered(self) -> Flags:
        return ~self.is_test & (self.wait >= 0)

    @property
    def answered(self) -> Flags:
        return self.offered & (self.talk >= 0)

    @property
    def first_end(self) -> Ints:
        """When the first leg was over for the customer."""
        spent = np.maximum(self.talk, 0) + np.maximum(self.hold, 0)
        end: Ints = self.started_at + self.menu + np.maximum(self.wait, 0) + spent
        return end


def make_calls(people: People, demand: Demand, period: Period, seed: int) -> Calls:
    """Answer the calls of `demand`; no wait is exactly the short-abandon or the service limit."""
    random = stream(seed, 5)
    taken = demand.is_call
    person, reason, at = demand.person[taken], demand.reason[taken], demand.at[taken]
    count = len(person)
    kind = random.choice(3, count, p=[0.85, 0.1, 0.05])
    stays_in_menu = (random.random(count) < 0.08) & (kind == 0)
    wait, gave_up = _waits(random, count)
    talked = ~stays_in_menu & ~gave_up
    moved = talked & (random.random(count) < 0.08)
    agents = max(6, count // 120)
    stranger = (random.random(count) < 0.12) & (kind != 1)
    is_test = random.random(count) < 0.005
    late = np.where(random.random(count) < 0.01, random.integers(1, 4, count), 0)
    agent = random.integers(0, agents, count)
    end_day = (at - period.start) // DAY
    return Calls(
        ids=uuids(random, count),
        second_ids=uuids(random, count),
        person=np.where(stranger | is_test, -1, person),
        reason=reason,
        started_at=at,
        arrives_on=np.minimum(end_day + late, period.days - 1),
        kind=kind,
        menu=np.where(kind == 0, random.integers(8, 75, count), 0),
        wait=np.where(stays_in_menu, -1, wait),
        agent=agent,
        talk=np.where(talked, 20 + random.lognormal(5.2, 0.6, count), -1).astype(np.int64),
        hold=np.where(
            talked & (random.random(count) < 0.3), 5 + random.exponential(45, count), -1
        ).astype(np.int64),
        wrap=np.where(talked, 3 + random.exponential(40, count), -1).astype(np.int64),
        second_agent=(agent + 1 + random.integers(0, agents - 1, count)) % agents,
        second_talk=np.where(moved, 20 + random.lognormal(5, 0.5, count), -1).astype(np.int64),
        second_wrap=np.where(moved, 3 + random.exponential(30, count), -1).astype(np.int64),
        phone=random.integers(0, 4, count),
        known=(random.random(count) < 0.6) & ~stranger & ~is_test | ((kind == 1) & ~is_test),
        withheld=(random.random(count) < 0.03) & (kind == 0) & ~is_test,
        stranger=stranger,
        is_test=is_test,
    )


def _waits(random: np.random.Generator, count: int) -> tuple[Ints, Flags]:
    """Seconds in queue and whether the caller gave up before an agent was free."""
    quick = random.random(count) < 0.55
    needed = np.where(quick, random.uniform(1, 18, count), random.exponential(70, count) + 2)
    patience = random.exponential(240, count)
    gave_up = patience < needed
    wait = np.minimum(needed, patience).astype(np.int64)
    on_a_limit = (wait == SHORT_ABANDON) | (wait == SERVICE_TARGET)
    return np.where(on_a_limit, wait + 1, wait), gave_up


def agent_name(agent: int) -> str:
    """The login of an agent."""
    return f"agent.{agent + 1:03d}"
