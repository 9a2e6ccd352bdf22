"""The seeded world behind the sample: one truth from which every source tells its part."""

from __future__ import annotations

from dataclasses import dataclass

from cx_pipeline.sample.calls import Calls, make_calls
from cx_pipeline.sample.cases import Cases, make_cases
from cx_pipeline.sample.clock import Period
from cx_pipeline.sample.commerce import Orders, Subscriptions, make_orders, make_subscriptions
from cx_pipeline.sample.demand import make_demand
from cx_pipeline.sample.people import People, make_people
from cx_pipeline.sample.voice import Answers, Invitations, make_answers, make_invitations
from cx_pipeline.sample.web import Web


@dataclass(frozen=True)
class World:
    """Everything that happened in the period, before anybody wrote it down."""

    seed: int
    period: Period
    people: People
    orders: Orders
    subscriptions: Subscriptions
    calls: Calls
    cases: Cases
    invitations: Invitations
    answers: Answers
    web: Web


def make_world(events: int, seed: int, period: Period) -> World:
    """Draw a world of `events` web events; all else scales with them.

    A million events come with 20,000 people, 40,000 orders, 10,000 contacts, 4,000 responses.
    """
    people = make_people(max(20, events // 50), period, seed)
    orders = make_orders(people, max(10, events // 25), period, seed)
    demand = make_demand(people, max(10, events // 100), period, seed)
    calls = make_calls(people, demand, period, seed)
    asked = make_invitations(people, calls, max(10, events * 2 // 125), period, seed)
    return World(
        seed=seed,
        period=period,
        people=people,
        orders=orders,
        subscriptions=make_subscriptions(people, period, seed),
        calls=calls,
        cases=make_cases(people, demand, period, seed),
        invitations=asked,
        answers=make_answers(people, calls, orders, asked, seed),
        web=Web(people, orders, events, period, seed),
    )
