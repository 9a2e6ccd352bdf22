"""The planted truth of a sample: who is who, and every KPI as it must come out.

KPIs cover the whole period, each with numerator and denominator, by these readings of KPIS.md:

- nps: one answer a person and wave, the last; only 0-10; an anonymous answer is a person of its
  own; our own previews of the questionnaire are no answers.
- csat: answers 4-5 of those on the 1-5 scale; ces: sum and number on the 1-7 scale, and the share
  of 5 and more. Nobody is asked twice in a wave, so "the last" changes nothing there.
- contacts: interactions (a transferred call is one) and cases; test calls are none.
- offered: entered a queue; answered: reached an agent. Abandons within 5 s are counted apart: they
  are neither abandoned nor offered. No wait is exactly 5 or 20 s long.
- asa: queue seconds of the answered. service_level_80_20: answered within 20 s, of the offered
  without those who abandoned within 20 s. aht: talk, hold and after-call work of every leg, per
  answered interaction. Chats and callbacks wait in queues like calls.
- orders: won opportunities, whatever was sent back later. revenue: their amount less discount and
  refunds until the period's end, in euros; orders in other currencies have no rate and are left
  out. revenue_gross: before discount and refunds.
- sessions: gaps under 30 minutes, a campaign begins a new one, robots left out.
  conversion_rate: sessions with a purchase, of all sessions.
- persons: people known to the CRM, each once, however many records or cookies they have.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from cx_pipeline.sample.calls import SERVICE_TARGET, SHORT_ABANDON
from cx_pipeline.sample.clock import NEVER
from cx_pipeline.sample.ga4 import cookie_id
from cx_pipeline.sample.qualtrics import response_id
from cx_pipeline.sample.tally import SessionTally
from cx_pipeline.sample.voice import NO_ANSWER
from cx_pipeline.sample.web import COOKIES_A_PERSON
from cx_pipeline.sample.world import World

Kpi = dict[str, Any]


def truth_of(world: World, tally: SessionTally) -> dict[str, Any]:
    """Persons, shared devices and true KPI values, ready for JSON."""
    shared: dict[str, list[str]] = {}
    return {
        "seed": world.seed,
        "period": [world.period.first.isoformat(), world.period.last.isoformat()],
        "persons": _persons(world, tally, shared),
        "shared_cookies": shared,
        "kpis": _kpis(world, tally),
    }


def _persons(
    world: World, tally: SessionTally, shared: dict[str, list[str]]
) -> list[dict[str, Any]]:
    people, calls, answers = world.people, world.calls, world.answers
    connect: dict[int, list[str]] = defaultdict(list)
    for call in np.flatnonzero(calls.person >= 0).tolist():
        ids = connect[int(calls.person[call])]
        ids.append(calls.ids[call])
        if calls.second_talk[call] >= 0:
            ids.append(calls.second_ids[call])
    qualtrics: dict[int, list[str]] = defaultdict(list)
    for answer in np.flatnonzero(answers.person >= 0).tolist():
        qualtrics[int(answers.person[answer])].append(response_id(answer))
    cookies = _cookies(world, tally, shared)
    persons = []
    for person in range(people.count):
        crm = [people.contact_id(person)]
        if people.twice[person]:
            crm.append(people.second_contact_id(person))
        first, last = people.first[person], people.last[person]
        persons.append(
            {
                "customer_number": people.number(person),
                "names": sorted({people.names[person], f"{first} {last}", f"{last}, {first}"}),
                "emails": list(people.emails[person]),
                "phones": list(people.phones[person]),
                "ids": {
                    "ga4": cookies[person],
                    "salesforce": crm,
                    "connect": connect[person],
                    "qualtrics": qualtrics[person],
                },
            }
        )
    return persons


def _cookies(
    world: World, tally: SessionTally, shared: dict[str, list[str]]
) -> dict[int, list[str]]:
    """The cookies seen of each person; those of two people or the shop's tablet go to `shared`."""
    people = world.people
    cookies: dict[int, list[str]] = defaultdict(list)
    for cookie in np.flatnonzero(tally.seen[: world.web.strangers]).tolist():
        person, device = divmod(cookie, COOKIES_A_PERSON)
        text = cookie_id(cookie, world.period)
        cookies[person].append(text)
        partner = int(people.partner[person])
        if partner >= 0 and device < COOKIES_A_PERSON // 2:
            cookies[partner].append(text)
            shared[text] = [people.number(person), people.number(partner)]
    if tally.seen[tally.tablets]:
        users = [people.number(person) for person in np.flatnonzero(people.in_shop).tolist()]
        shared[cookie_id(tally.tablets, world.period)] = users
    return cookies


def _kpis(world: World, tally: SessionTally) -> dict[str, Kpi]:
    return {
        **_voice(world),
        **_service(world),
        **_value(world),
        "sessions": {"value": tally.sessions},
        "conversion_rate": _ratio(tally.converted, tally.sessions),
        "persons": {"value": world.people.count},
    }


def _ratio(numerator: float, denominator: int) -> Kpi:
    value = numerator / denominator if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}


def _voice(world: World) -> dict[str, Kpi]:
    answers = world.answers
    last: dict[object, tuple[int, int]] = {}
    for answer in np.flatnonzero((answers.nps != NO_ANSWER) & ~answers.preview).tolist():
        person = int(answers.person[answer])
        key = (person, answers.wave[answer]) if person >= 0 else answer
        said = (int(answers.at[answer]), int(answers.nps[answer]))
        last[key] = max(last.get(key, said), said)
    scores = [score for _, score in last.values()]
    promoters, detractors = sum(s >= 9 for s in scores), sum(s <= 6 for s in scores)
    passives = len(scores) - promoters - detractors
    value = 100 * (promoters - detractors) / len(scores) if scores else None
    csat = answers.csat[(answers.csat != NO_ANSWER) & ~answers.preview]
    ces = answers.ces[(answers.ces != NO_ANSWER) & ~answers.preview]
    return {
        "nps": {
            "value": value, "promoters": promoters, "passives": passives,
            "detractors": detractors, "denominator": len(scores),
        },
        "csat": _ratio(int((csat >= 4).sum()), len(csat)),
        "ces": _ratio(int(ces.sum()), len(ces)) | {"easy": int((ces >= 5).sum())},
    }  # fmt: skip


def _service(world: World) -> dict[str, Kpi]:
    calls = world.calls
    real, offered, answered = ~calls.is_test, calls.offered, calls.answered
    left = offered & ~answered
    short = left & (calls.wait < SHORT_ABANDON)
    ignored = left & (calls.wait < SERVICE_TARGET)
    quick = answered & (calls.wait < SERVICE_TARGET)
    served = int(answered.sum())
    parts = (calls.talk, calls.hold, calls.wrap, calls.second_talk, calls.second_wrap)
    handling = sum(int(np.maximum(part, 0)[answered].sum()) for part in parts)
    return {
        "contacts": {
            "value": int(real.sum()) + world.cases.count,
            "interactions": int(real.sum()),
            "cases": world.cases.count,
        },
        "offered": {"value": int(offered.sum()), "short_abandons": int(short.sum())},
        "abandonment_rate": _ratio(int((left & ~short).sum()), int((offered & ~short).sum())),
        "asa": _ratio(int(calls.wait[answered].sum()), served),
        "aht": _ratio(handling, served),
        "service_level_80_20": _ratio(int(quick.sum()), int((offered & ~ignored).sum())),
    }


def _value(world: World) -> dict[str, Kpi]:
    orders = world.orders
    won = ~orders.lost
    euros = won & ~orders.foreign
    back = euros & (orders.refunded_at < min(world.period.end, int(NEVER)))
    gross = int(orders.amount[euros].sum())
    net = gross - int(orders.discount[euros].sum()) - int(orders.refund[back].sum())
    return {
        "orders": {"value": int(won.sum())},
        "revenue": {"value": net / 100, "no_rate": int((won & orders.foreign).sum())},
        "revenue_gross": {"value": gross / 100},
    }
