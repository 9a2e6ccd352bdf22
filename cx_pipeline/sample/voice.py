"""What people of the sample answered when asked: two surveys, waves by month, invitations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from cx_pipeline.sample.calls import Calls
from cx_pipeline.sample.clock import DAY, NEVER, Flags, Floats, Ints, Period, stream
from cx_pipeline.sample.commerce import Orders
from cx_pipeline.sample.people import People

RELATIONSHIP, SERVICE = 0, 1
SURVEYS = ("SV_relationship0", "SV_aftercontact0")
ANSWERS_PER_INVITATION = 1 / 3
NO_ANSWER = -1


@dataclass(frozen=True)
class Invitations:
    """One entry a survey sent: to whom, in which wave, after which call (-1 none)."""

    person: Ints
    survey: Ints
    wave: list[str]
    call: Ints
    sent_at: Ints
    opened_at: Ints
    bounced: Flags
    answered_at: Ints


@dataclass(frozen=True)
class Answers:
    """One entry a response; scores are NO_ANSWER where the question was not put or skipped.

    `person` is -1 for anonymous ones. `invitation` is -1 for a second answer of the same wave.
    `preview` ones are our own trials of the questionnaire, no answers.
    """

    person: Ints
    survey: Ints
    wave: list[str]
    call: Ints
    invitation: Ints
    at: Ints
    seconds: Ints
    nps: Ints
    csat: Ints
    ces: Ints
    fcr: Ints
    mood: Ints
    tells: Ints
    preview: Flags

    @property
    def count(self) -> int:
        return len(self.person)


def month_of(second: int) -> str:
    """The wave a moment belongs to: its month, as 2026-04."""
    return datetime.fromtimestamp(second, tz=UTC).strftime("%Y-%m")


def make_invitations(
    people: People, calls: Calls, count: int, period: Period, seed: int
) -> Invitations:
    """About `count` invitations: two thirds to anyone monthly, the others after a call.

    Nobody is asked twice in one wave of one survey.
    """
    random = stream(seed, 7)
    latest = period.end - 3 * DAY
    half = count * 2 // 3
    person = random.choice(np.flatnonzero(people.alone), half)
    sent = random.integers(period.start + DAY, max(latest, period.start + 2 * DAY), half)
    surveyed = np.flatnonzero((calls.talk >= 0) & (calls.person >= 0) & (calls.first_end < latest))
    surveyed = surveyed[people.alone[calls.person[surveyed]]]
    surveyed = random.permutation(surveyed)[: count - half]
    after = calls.first_end[surveyed] + random.integers(1_200, 20_000, len(surveyed))
    person = np.concatenate([person, calls.person[surveyed]])
    sent = np.concatenate([sent, after])
    survey = np.repeat([RELATIONSHIP, SERVICE], [half, len(surveyed)])
    call = np.concatenate([np.full(half, -1), surveyed])
    wave = [month_of(second) for second in sent.tolist()]
    once = _first_of(zip(person.tolist(), survey.tolist(), wave, strict=True))
    person, sent, survey, call = person[once], sent[once], survey[once], call[once]
    wave = [wave[index] for index in once.tolist()]
    size = len(once)
    bounced = random.random(size) < 0.03
    chance = ANSWERS_PER_INVITATION + 0.04 * np.clip(people.mood[person], -2, 2)
    answers = ~bounced & (random.random(size) < chance)
    opened = sent + random.integers(60, 20_000, size)
    answered = np.minimum(opened + random.integers(60, 40_000, size), period.end - 2 * DAY)
    return Invitations(
        person=person,
        survey=survey,
        wave=wave,
        call=call,
        sent_at=sent,
        opened_at=np.where(answers | (~bounced & (random.random(size) < 0.3)), opened, NEVER),
        bounced=bounced,
        answered_at=np.where(answers, answered, NEVER),
    )


def make_answers(
    people: People, calls: Calls, orders: Orders, asked: Invitations, seed: int
) -> Answers:
    """Answers to the invitations, a few anonymous, a few given twice, a few of our own trials.

    Planted: late parcels and long waits lower the scores, so that drivers can be found.
    """
    random = stream(seed, 8)
    index = np.flatnonzero(asked.answered_at < NEVER)
    doubled = index[(random.random(len(index)) < 0.03) & (asked.survey[index] == RELATIONSHIP)]
    nobody = random.choice(index, len(index) // 30) if len(index) else index
    ours = index[:3]
    kinds = np.repeat([0, 1, 2, 3], [len(index), len(doubled), len(nobody), len(ours)])
    source = np.concatenate([index, doubled, nobody, ours])
    count = len(source)
    later = np.where(kinds == 1, random.integers(600, DAY, count), 0)
    feeling = _feeling(people, calls, orders, asked, source) + random.normal(0, 0.8, count)
    is_service = asked.survey[source] == SERVICE
    skipped = random.random((3, count)) < 0.03
    nps = np.clip(np.round(8.4 + 1.7 * feeling), 0, 10).astype(np.int64)
    csat = np.clip(np.round(4.1 + 0.9 * feeling), 1, 5).astype(np.int64)
    ces = np.clip(np.round(5.4 + 1.3 * feeling), 1, 7).astype(np.int64)
    named = (kinds == 0) | (kinds == 1)
    mood = np.where(feeling > 0.5, 0, np.where(feeling > -0.7, 1, 2))
    writes = random.random(count) < 0.6
    tells = random.choice(5, count, p=[0.85, 0.06, 0.04, 0.03, 0.02])
    return Answers(
        person=np.where(named, asked.person[source], -1),
        survey=asked.survey[source],
        wave=[asked.wave[place] for place in source.tolist()],
        call=np.where(kinds == 0, asked.call[source], -1),
        invitation=np.where(kinds == 0, source, -1),
        at=asked.answered_at[source] + later,
        seconds=random.integers(20, 600, count),
        nps=np.where(is_service | (skipped[0] & (kinds == 0)), NO_ANSWER, nps),
        csat=np.where(is_service & ~skipped[1], csat, NO_ANSWER),
        ces=np.where(is_service & ~skipped[2], ces, NO_ANSWER),
        fcr=np.where(is_service, (feeling > -0.6).astype(np.int64), NO_ANSWER),
        mood=np.where(writes, mood, -1),
        tells=np.where(named, tells, 0),
        preview=kinds == 3,
    )


def _feeling(
    people: People, calls: Calls, orders: Orders, asked: Invitations, source: Ints
) -> Floats:
    person, call = asked.person[source], asked.call[source]
    late = (orders.delivered_at < NEVER) & (orders.delivered_at > orders.promised_at)
    had_late = np.zeros(people.count)
    had_late[orders.person[late]] = 1
    wait = np.where(call >= 0, calls.wait[call], 0)
    felt: Floats = 0.6 * people.mood[person] - 0.7 * had_late[person] - np.minimum(wait, 300) / 200
    return felt


def _first_of(keys: Iterable[object]) -> Ints:
    """Where each key stands for the first time."""
    seen: set[object] = set()
    kept = []
    for place, key in enumerate(keys):
        if key not in seen:
            seen.add(key)
            kept.append(place)
    return np.array(kept, dtype=np.int64)
