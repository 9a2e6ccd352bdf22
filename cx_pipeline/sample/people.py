"""The people of the sample: who they are, how they can be reached, what they think of us."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cx_pipeline.sample.clock import DAY, NEVER, Flags, Floats, Ints, Period, record_id, stream
from cx_pipeline.sample.names import (
    CARDS,
    COUNTRIES,
    FIRST_NAMES,
    LAST_NAMES,
    MAIL_DOMAINS,
    full_name,
)

KIOSK_PEOPLE = 150  # log in on the shop's tablet: an identifier that must not join them


@dataclass(frozen=True)
class People:
    """One entry a true person, by index.

    `country` indexes COUNTRIES; `joined_at` is when the CRM record was made, `opted_out_at` when
    the person refused e-mail (NEVER if not). `partner` shares a home computer with the person
    (-1: nobody does); `in_shop` uses the shop's tablet; `twice` has a second CRM record with the
    same e-mail. `mood` is the latent satisfaction (mean 0, sd 1), `activity` the weight of the
    person in all that happens.
    """

    first: list[str]
    last: list[str]
    names: list[str]
    emails: list[tuple[str, ...]]
    phones: list[tuple[str, ...]]
    country: Ints
    joined_at: Ints
    opted_out_at: Ints
    birth_year: Ints
    mood: Floats
    activity: Floats
    partner: Ints
    in_shop: Flags
    twice: Flags

    @property
    def count(self) -> int:
        return len(self.names)

    @property
    def alone(self) -> Flags:
        """Whose identifiers lead to nobody else: only these, and first partners, are surveyed."""
        second = self.partner >= 0
        second &= self.partner < np.arange(self.count)
        return ~(second | self.in_shop)

    def number(self, person: int) -> str:
        """Customer number: the login of the website and the key of the CRM."""
        return f"C{person + 1:07d}"

    def contact_id(self, person: int) -> str:
        return record_id("003", person)

    def second_contact_id(self, person: int) -> str:
        return record_id("003", self.count + person)

    def account_id(self, person: int) -> str:
        """The household's account: partners share the one of the lower index."""
        partner = int(self.partner[person])
        return record_id("001", min(person, partner) if partner >= 0 else person)

    def card(self, person: int) -> str:
        return CARDS[person % len(CARDS)]

    def shown_phone(self, person: int, which: int = 0) -> str:
        """A phone as people type it: four ways to write the same number."""
        phone = self.phones[person][which]
        head = len(COUNTRIES[int(self.country[person])].mobile)
        style = (person + which) % 4
        if style == 1:
            return f"{phone[:head]} {phone[head:-4]} {phone[-4:]}"
        if style == 2:
            return f"{phone[:head]}-{phone[head:-4]}-{phone[-4:]}"
        if style == 3:
            return f"00{phone[1:head]} {phone[head:]}"
        return phone


def make_people(count: int, period: Period, seed: int) -> People:
    """Draw `count` people; the same seed gives the same people."""
    random = stream(seed, 1)
    country = random.choice(len(COUNTRIES), count, p=[place.share for place in COUNTRIES])
    draws = random.integers(0, 2**31, (count, 2))
    extra_mail, extra_phone = random.random(count) < 0.2, random.random(count) < 0.3
    old = random.random(count) < 0.7
    since = np.where(
        old,
        period.start - random.integers(DAY, 1_095 * DAY, count),
        random.integers(period.start, period.end - period.days * DAY // 9, count),
    )
    opted_out = np.where(
        random.random(count) < 0.15,
        np.minimum(since + random.integers(DAY, 400 * DAY, count), NEVER),
        NEVER,
    )
    first, last, names = [], [], []
    emails: list[tuple[str, ...]] = []
    phones: list[tuple[str, ...]] = []
    for person in range(count):
        place = COUNTRIES[int(country[person])]
        given, given_ascii = _pick(FIRST_NAMES[place.language], int(draws[person, 0]))
        family, family_ascii = _pick(LAST_NAMES[place.language], int(draws[person, 1]))
        first.append(given)
        last.append(family)
        names.append(full_name(given, family, place.language))
        mail = f"{given_ascii}.{family_ascii}{person + 1}@{MAIL_DOMAINS[person % 4]}"
        other = f"{family_ascii}{person + 1}.{given_ascii[:1]}@private.example.org"
        emails.append((mail, other) if extra_mail[person] else (mail,))
        number = _phone(int(country[person]), 2 * person)
        landline = _phone(int(country[person]), 2 * person + 1)
        phones.append((number, landline) if extra_phone[person] else (number,))
    partner, in_shop = _households(count)
    return People(
        first=first,
        last=last,
        names=names,
        emails=emails,
        phones=phones,
        country=country.astype(np.int64),
        joined_at=since.astype(np.int64),
        opted_out_at=np.where(opted_out < period.end, opted_out, NEVER).astype(np.int64),
        birth_year=random.integers(1945, 2006, count),
        mood=random.normal(0, 1, count),
        activity=random.lognormal(0, 0.9, count),
        partner=partner,
        in_shop=in_shop,
        twice=random.random(count) < 0.03,
    )


def _pick(pool: list[tuple[str, str]], draw: int) -> tuple[str, str]:
    return pool[draw % len(pool)]


def _phone(country: int, number: int) -> str:
    """The number-th mobile number of a country: distinct for distinct numbers below 8 million."""
    place = COUNTRIES[country]
    local = 2_000_000 + (number * 7_654_319 + 1_234_567) % 7_999_993
    return f"{place.mobile}{local:0{place.digits}d}"


def _households(count: int) -> tuple[Ints, Flags]:
    """Partners are neighbours by index, one person in a hundred; the shop's people come last."""
    partner = np.full(count, -1, dtype=np.int64)
    pairs = count // 200
    lower = np.arange(pairs) * 2
    partner[lower], partner[lower + 1] = lower + 1, lower
    in_shop = np.zeros(count, dtype=np.bool_)
    in_shop[count - min(KIOSK_PEOPLE, count // 20) :] = True
    return partner, in_shop
