"""Thirty persons of a CRM and a preference centre that keeps what they stated: what the consent tests
work on, and a plain reading of the rule, statement by statement."""

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cx_pipeline.purposes import NEEDING_CONSENT

FIRST, SECOND = datetime(2026, 3, 1), datetime(2026, 3, 2)  # midnights of the two nights
PERSONS = 30
TWICE = 20  # persons below have a second record, made later and joined by e-mail
ORACLES = 18  # persons below state at random, and no box of theirs was ever touched
PACK = {
    "_optins__sources.yml": """
version: 2
sources:
  - name: optins
    schema: raw_optins
    tables:
      - name: statements
        description: One row per statement in the preference centre.
        config: {meta: {extract: {files: "statements*.csv", format: csv, kind: events, nulls: [""],
                                  zone: UTC, key: [statement_id], time: made_at, subject: contact}}}
        columns:
          - {name: statement_id, data_type: varchar, description: The statement}
          - name: contact
            description: Who stated it
            data_type: varchar
            config: {meta: {pii: {kind: account, action: token}}}
          - {name: purpose, data_type: varchar, description: What for}
          - {name: state, data_type: varchar, description: What}
          - {name: made_at, data_type: timestamp, description: When}
""",
    "stg_optins__consents.sql": """
select 'optins' as source, statement_id as source_id, cast(null as timestamp) as version_at,
    contact as person_token, purpose, state, made_at as stated_at, 'consent' as basis,
    'preference_centre' as channel
from {{ rows_of('optins', 'statements') }}
""",
}
CONTACT = ("Id", "AccountId", "Customer_Number__c", "FirstName", "LastName", "Name", "Email", "Phone",
           "MobilePhone", "Birthdate", "MailingCity", "MailingState", "MailingCountry",
           "Language__c", "Tier__c", "HasOptedOutOfEmail", "DoNotCall", "Email_Opt_Out_Date__c",
           "CreatedDate", "SystemModstamp", "IsDeleted")  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """What a person stated through one of its CRM records: `record` 1 is a second record."""

    number: int
    person: int
    purpose: str
    state: str
    made_at: datetime | None
    record: int = 0

    @property
    def row(self) -> tuple[str, ...]:
        at = f"{self.made_at:%Y-%m-%d %H:%M:%S}" if self.made_at else ""
        return (
            f"s{self.number:05}",
            contact_id(self.person, self.record),
            self.purpose,
            self.state,
            at,
        )


@dataclass(frozen=True)
class Box:
    """A CRM record's tick boxes; None is a box that nobody ever touched."""

    no_email: bool | None = False
    no_calls: bool | None = False
    no_email_since: datetime | None = None
    changed_at: datetime = FIRST - timedelta(days=100)


def contact_id(person: int, record: int = 0) -> str:
    return f"0034W{record}00002cX{person:03}QA{person % 10}"


def region(person: int) -> str:
    """A region of its own for each person, so that the published rows tell who it is."""
    return f"Region {chr(65 + person // 26)}{chr(65 + person % 26)}"


def statements(count: int, seed: int = 5) -> list[Statement]:
    """Random statements before the second night, few instants, so that many meet in one."""
    draw = random.Random(seed)
    instants = [SECOND - timedelta(hours=1 + 7 * place) for place in range(12)]
    return [
        Statement(
            number,
            draw.randrange(ORACLES),
            draw.choice(NEEDING_CONSENT),
            draw.choice(["granted", "granted", "refused", "withdrawn"]),
            draw.choice(instants) if draw.random() < 0.95 else None,
            draw.randrange(2),
        )
        for number in range(count)
    ]


def standing(told: Iterable[Statement], until: datetime) -> tuple[str, datetime | None] | None:
    """State and time of the statement of one person and purpose that stands; None without one."""
    known = [one for one in told if one.made_at is None or one.made_at < until]
    strict = {"withdrawn": 0, "refused": 1, "granted": 2}
    timeless = sorted((s for s in known if s.made_at is None), key=lambda s: strict[s.state])
    if timeless and timeless[0].state != "granted":
        return timeless[0].state, None
    if dated := [(s.made_at, s.state) for s in known if s.made_at]:
        last = max(at for at, _ in dated)
        return min((state for at, state in dated if at == last), key=strict.__getitem__), last
    return ("granted", None) if timeless else None


def write_statements(path: Path, told: Iterable[Statement], *, seed: int = 0) -> None:
    """One file of the preference centre, in an order of its own."""
    rows = [one.row for one in told]
    random.Random(seed).shuffle(rows)
    _write(path, ("statement_id", "contact", "purpose", "state", "made_at"), rows)


def write_contacts(path: Path, boxes: dict[tuple[int, int], Box], *, seed: int = 0) -> None:
    """The CRM's snapshot; whom `boxes` does not name has none that anybody touched."""
    rows = []
    for person in range(PERSONS):
        for record in range(2 if person < TWICE else 1):
            box = boxes.get((person, record), Box(None, None))
            made = FIRST - timedelta(days=200 - 90 * record)
            ticks = (_tick(box.no_email), _tick(box.no_calls), _moment(box.no_email_since))
            rows.append(
                (
                    contact_id(person, record),
                    "",
                    "",
                    "",
                    "",
                    "",
                    f"p{person}@mail.example",
                    f"+4930123{person:05}",
                    "",
                    "",
                    "",
                    region(person),
                    "Germany",
                    "de",
                    "",
                    *ticks,
                    _moment(made),
                    _moment(box.changed_at),
                    "false",
                )
            )
    random.Random(seed).shuffle(rows)
    _write(path, CONTACT, rows)


def _tick(box: bool | None) -> str:
    return "" if box is None else str(box).lower()


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.000Z}" if at else ""


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
