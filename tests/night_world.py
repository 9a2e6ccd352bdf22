"""A small world of web events for the proof of the night: random histories, raw tables as landing
writes them, and sessions cut by a plain reading of the rules, event by event."""

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

import duckdb

START = datetime(2025, 3, 1)
GAP = timedelta(minutes=30)
PAUSE = timedelta(minutes=5)

RAW_COLUMNS = """id varchar, visitor_token varchar, login_token varchar, occurred_at timestamp,
    event_name varchar, page_path varchar, referrer_host varchar, utm_source varchar,
    utm_medium varchar, utm_campaign varchar, value decimal(18,2), currency varchar,
    error_code varchar, is_bot boolean"""


@dataclass(frozen=True)
class Event:
    """One web event as a source delivers it."""

    id: str
    visitor_token: str | None
    login_token: str | None
    occurred_at: datetime
    event_name: str = "page_view"
    page_path: str = "/"
    referrer_host: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    error_code: str | None = None
    is_bot: bool = False

    @property
    def visitor(self) -> str | None:
        return self.visitor_token or self.login_token

    @property
    def row(self) -> tuple[Any, ...]:
        return tuple(vars(self).values())

    @property
    def content(self) -> str:
        return hashlib.md5(repr(self.row).encode()).hexdigest()

    @property
    def place(self) -> tuple[datetime, int, str]:
        """Its place among the events of its visitor."""
        named = (self.utm_campaign, self.utm_source, self.referrer_host, "")
        return self.occurred_at, next(i for i, x in enumerate(named) if x is not None), self.id


def history(draw: random.Random) -> list[Event]:
    """Events of a few visitors over some days, at the distances where rules turn."""
    days = draw.choice([2, 6, 40])
    events: list[Event] = []
    for _ in range(draw.choice([6, 25, 60])):
        visitor = draw.randrange(draw.choice([2, 6]))
        at = START + timedelta(seconds=draw.randrange(days * 86400))
        steps, length = (1, 5, 60, 1799, 1800, 1801, 4000), draw.randrange(1, 7)
        if draw.random() < 0.05:
            steps, length = (1500, 1700, 1790), draw.choice([60, 130])  # a chain over days
        for _ in range(length):
            events.append(_event(draw, len(events), visitor, at))
            if draw.random() < 0.9:  # else: the same instant again
                at += timedelta(seconds=draw.choice(steps))
    return events


def _event(draw: random.Random, number: int, visitor: int, at: datetime) -> Event:
    name = draw.choice(["page_view"] * 6 + ["view_item", "add_to_cart", "begin_checkout"])
    event = Event(
        id=hashlib.md5(f"{number}".encode()).hexdigest(),
        visitor_token=f"c{visitor}" if draw.random() < 0.93 else None,
        login_token=f"a{draw.randrange(3)}" if draw.random() < 0.2 else None,
        occurred_at=at,
        event_name=name,
        page_path=f"/{draw.randrange(9)}",
        error_code="E1" if draw.random() < 0.05 else None,
        is_bot=draw.random() < 0.02,
    )
    if draw.random() < 0.15:
        source = draw.choice(["google", "news"])
        campaign = draw.choice([None, "x", "y"])
        event = replace(event, utm_source=source, utm_medium="cpc", utm_campaign=campaign)
    elif draw.random() < 0.1:
        event = replace(event, referrer_host="www.example.org")
    if draw.random() < 0.1:
        price = Decimal(draw.randrange(1, 9999)) / 100
        currency = draw.choice(["EUR", "EUR", "EUR", "USD", None])
        event = replace(event, event_name="purchase", value=price, currency=currency)
    return event


def corrected(draw: random.Random, event: Event) -> Event:
    """The same key with other content: another page, moment or visitor."""
    change: dict[str, Any] = draw.choice(
        [
            {"page_path": "/corrected"},
            {"occurred_at": event.occurred_at + timedelta(seconds=draw.choice([-2400, 7, 5000]))},
            {"visitor_token": f"c{draw.randrange(3)}"},
        ]
    )
    return replace(event, **change)


class Raw:
    """Raw tables as landing leaves them: numbered rows, exact repeats left out, losers listed."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        con.execute(f"""create schema if not exists raw_shop;
            create table raw_shop.events({RAW_COLUMNS}, _key uuid, _hash uuid, _version timestamp,
                _time timestamp, _row bigint, _load bigint, _line bigint);
            create table raw_shop.events__superseded(_row bigint, _load bigint, _time timestamp)
        """)
        self.load = 0
        self.rows: dict[str, dict[str, tuple[int, Event]]] = {}  # id -> content -> row, event
        self.lost: set[int] = set()

    def deliver(self, con: duckdb.DuckDBPyConnection, events: Iterable[Event]) -> None:
        """Land one file."""
        self.load += 1
        fresh, touched = [], set()
        for event in events:
            versions = self.rows.setdefault(event.id, {})
            if event.content not in versions:
                number = 1 + sum(map(len, self.rows.values()))
                versions[event.content] = number, event
                touched.add(event.id)
                fresh.append((*event.row, event.id, event.content, event.occurred_at, number))
        lost = [
            (number, self.load, event.occurred_at)
            for key in touched
            for content, (number, event) in self.rows[key].items()
            if content != max(self.rows[key]) and number not in self.lost
        ]
        self.lost.update(number for number, _, _ in lost)
        if fresh:
            marks = ", ".join("?" * 14)
            con.executemany(
                f"insert into raw_shop.events values ({marks}, ?, ?, null, ?, ?, {self.load}, 1)",
                fresh,
            )
        if lost:
            con.executemany("insert into raw_shop.events__superseded values (?, ?, ?)", lost)

    def current(self, until: datetime) -> list[Event]:
        """The events that are true and known before an instant."""
        winners = (versions[max(versions)][1] for versions in self.rows.values())
        return [event for event in winners if event.occurred_at < until]


def sessions_of(events: Iterable[Event]) -> dict[str, tuple[Any, ...]]:
    """Sessions by a plain reading of the rules: session id -> what it holds."""
    told: dict[str, tuple[Any, ...]] = {}
    known = [event for event in events if event.visitor]
    known.sort(key=lambda event: (event.visitor or "", event.place))
    for visitor, group in groupby(known, key=lambda event: event.visitor):
        for chain in _chains(list(group)):
            pieces = _cut(chain)
            days = [_day(chain, piece[0]) for piece in pieces]
            for number, piece in enumerate(pieces):
                is_runaway = max(days[number : number + 2]) > 0
                name = hashlib.md5(f"shop|{piece[0].id}".encode()).hexdigest()
                told[name] = _summary(visitor or "", chain, piece, is_runaway)
    return told


def _chains(events: list[Event]) -> list[list[Event]]:
    chains: list[list[Event]] = []
    for event in events:
        if chains and event.occurred_at - chains[-1][-1].occurred_at <= GAP:
            chains[-1].append(event)
        else:
            chains.append([event])
    return chains


def _day(chain: list[Event], event: Event) -> int:
    first_hour = chain[0].occurred_at.replace(minute=0, second=0, microsecond=0)
    return (event.occurred_at - first_hour) // timedelta(days=1)


def _cut(chain: list[Event]) -> list[list[Event]]:
    pieces = [[chain[0]]]
    campaign = chain[0].utm_campaign
    for before, event in pairwise(chain):
        is_new = event.utm_campaign is not None and event.utm_campaign != campaign
        if is_new or _day(chain, event) != _day(chain, before):
            pieces.append([])
        pieces[-1].append(event)
        campaign = event.utm_campaign or campaign
    return pieces


def _summary(visitor: str, chain: list[Event], piece: list[Event], is_runaway: bool) -> Any:
    names = [event.event_name for event in piece]
    purchases = [event for event in piece if event.event_name == "purchase"]
    logins = [event.login_token for event in piece if event.login_token]
    first = piece[0]
    return (
        visitor,
        logins[-1] if logins else None,
        first.occurred_at,
        piece[-1].occurred_at,
        chain[0].occurred_at,
        first.utm_source or first.referrer_host or "direct",
        first.utm_campaign,
        first.page_path,
        piece[-1].page_path,
        len(piece),
        names.count("page_view"),
        sum(event.error_code is not None for event in piece),
        len(purchases),
        sum(event.currency != "EUR" for event in purchases),
        int(
            sum(
                min(b.occurred_at - a.occurred_at, PAUSE).total_seconds()
                for a, b in pairwise(piece)
            )
        ),
        sum((e.value or Decimal(0) for e in purchases if e.currency == "EUR"), Decimal("0.00")),
        "view_item" in names,
        "add_to_cart" in names,
        "begin_checkout" in names,
        any(event.is_bot for event in piece),
        is_runaway,
    )


SUMMARY = """session_id, visitor_token, login_token, started_at, ended_at, chain_started_at,
    source_name, campaign, landing_page, exit_page, event_count, page_views, error_count,
    purchase_count, unpriced_count, engaged_seconds, revenue, has_product_view, has_cart, has_checkout, is_bot,
    is_runaway"""
