"""The web log of the sample, a day at a time: visits, logins, purchases, robots.

Memory stays that of a day, whatever the length of the period: days are drawn one after the other,
what a visit leaves for after midnight is carried over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cx_pipeline.sample.clock import DAY, Floats, Ints, Period, stream
from cx_pipeline.sample.commerce import ORDER_CHANNELS, Orders
from cx_pipeline.sample.names import COUNTRIES
from cx_pipeline.sample.people import People

MICRO = 1_000_000
NAMES = ("session_start", "page_view", "view_item", "add_to_cart", "begin_checkout", "purchase",
         "login", "view_search_results", "exception", "scroll")  # fmt: skip
START, PAGE, ITEM, CART, CHECKOUT, PURCHASE, LOGIN, SEARCH, EXCEPTION, SCROLL = range(10)
PAGES = ("/", "/shop", "/product/tea-kettle", "/product/desk-lamp", "/product/chair",
         "/product/mug-set", "/help", "/help/returns", "/account", "/blog/autumn")  # fmt: skip
CAMPAIGNS = (
    ("", "", ""),
    ("google", "cpc", "spring_sale"),
    ("newsletter", "email", "april_news"),
    ("instagram", "social", "reels_launch"),
    ("partner.example.net", "affiliate", "partner_offer"),
    ("google", "cpc", "brand"),
)
COOKIES_A_PERSON = 8  # two devices, a new cookie up to four times in the period

Rows = NDArray[np.void]
VISIT = np.dtype(
    [("at", "i8"), ("cookie", "i8"), ("person", "i4"), ("size", "i4"), ("campaign", "i1"),
     ("order", "i4"), ("login", "i4"), ("robot", "?")]
)  # fmt: skip
EVENT = np.dtype(
    [("at", "i8"), ("cookie", "i8"), ("person", "i4"), ("visit", "i8"), ("place", "i4"),
     ("name", "i1"), ("page", "i1"), ("campaign", "i1"), ("order", "i4"), ("robot", "?"),
     ("mail", "?")]
)  # fmt: skip


@dataclass(frozen=True)
class Web:
    """The rules the log is drawn by. Cookies are numbered: people's, strangers', robots', tablets'.

    `events` is the exact number of distinct events over the period.
    """

    people: People
    orders: Orders
    events: int
    period: Period
    seed: int

    @property
    def strangers(self) -> int:
        """The first cookie of visitors nobody knows; there are three for each person."""
        return self.people.count * COOKIES_A_PERSON

    @property
    def robots(self) -> int:
        return self.strangers + 3 * self.people.count

    @property
    def tablets(self) -> int:
        return self.robots + self.robot_count

    @property
    def cookies(self) -> int:
        return self.tablets + 1

    @property
    def robot_count(self) -> int:
        return max(1, self.people.count // 2_000)

    def cookie_of(self, person: Ints, at: Ints, device: Ints) -> Ints:
        """The cookie a person's device holds at a moment; partners share the first device's."""
        eras = 1 + (person * 7 + device * 3) % 4
        passed = (at - self.period.start) / (self.period.days * DAY)
        era = np.clip((passed * eras).astype(np.int64), 0, eras - 1)
        partner = self.people.partner[person]
        holder = np.where((partner >= 0) & (device == 0), np.minimum(person, partner), person)
        cookie: Ints = holder * COOKIES_A_PERSON + device * 4 + era
        return cookie

    def daily(self) -> Iterator[Rows]:
        """Each day's events in time order, as EVENT rows; `at` in epoch microseconds, UTC."""
        weights = 1 + 0.25 * np.sin(np.arange(self.period.days) * 2 * np.pi / 7)
        upto = np.round(np.cumsum(weights) / weights.sum() * self.events).astype(np.int64)
        planned = self._purchase_days()
        carried = np.empty(0, EVENT)
        drawn = 0
        for day in range(self.period.days):
            random = stream(self.seed, 9, day)
            visits = self._visits(random, day, int(upto[day]) - drawn, planned)
            drawn += int(visits["size"].sum())
            rows = np.concatenate([carried, self._events(random, day, visits)])
            over = (self.period.start + (day + 1) * DAY) * MICRO
            today = (rows["at"] < over) if day + 1 < self.period.days else rows["at"] > 0
            carried = rows[~today]
            rows = rows[today]
            yield rows[np.lexsort((rows["place"], rows["visit"], rows["at"]))]

    def _purchase_days(self) -> list[Ints]:
        """Which web orders belong to visits that begin on each day (two hours before, at most)."""
        web = np.flatnonzero(self.orders.channel == ORDER_CHANNELS.index("Web"))
        day = (self.orders.placed_at[web] - 2 * 3600 - self.period.start) // DAY
        cuts = np.searchsorted(day, np.arange(self.period.days + 1))
        return [web[cuts[number] : cuts[number + 1]] for number in range(self.period.days)]

    def _visits(
        self, random: np.random.Generator, day: int, budget: int, planned: list[Ints]
    ) -> Rows:
        buying = self._buying(random, planned[day], budget)
        left = budget - int(buying["size"].sum())
        robots = self._robots(random, day, left // 50)
        left -= int(robots["size"].sum())
        sizes = 1 + random.geometric(0.16, max(8, left // 3))
        total = np.cumsum(sizes)
        count = int(np.searchsorted(total, left)) + 1 if left > 0 else 0
        sizes = sizes[:count]
        if count:
            sizes[-1] -= int(total[count - 1]) - left
        browsing = self._browsing(random, day, sizes)
        visits = np.concatenate([buying, browsing, robots])
        visits["campaign"] = self._campaigns(random, day, visits)
        return visits

    def _buying(self, random: np.random.Generator, orders: Ints, budget: int) -> Rows:
        visits = np.zeros(len(orders), VISIT)
        person = self.orders.person[orders]
        device = random.integers(0, 2, len(orders))
        visits["size"] = np.minimum(6 + random.poisson(4, len(orders)), 20)
        visits["at"] = self.orders.placed_at[orders] * MICRO
        visits["cookie"] = self.cookie_of(person, self.orders.placed_at[orders], device)
        visits["person"], visits["order"] = person, orders
        visits["login"] = np.where(random.random(len(orders)) < 0.8, 2, 99)
        fits = np.cumsum(visits["size"]) <= budget
        return visits[fits]

    def _browsing(self, random: np.random.Generator, day: int, sizes: Ints) -> Rows:
        count = len(sizes)
        visits = np.zeros(count, VISIT)
        weight = self.people.activity / self.people.activity.sum()
        person = random.choice(self.people.count, count, p=weight)
        zone = np.array([place.offset_hours for place in COUNTRIES])[self.people.country[person]]
        hour = (random.normal(15, 4.5, count) - zone) % 24
        last = 20 if day + 1 == self.period.days else 24
        second = self.period.start + day * DAY + (hour * 3600 * last / 24).astype(np.int64)
        device = random.integers(0, 2, count)
        known = random.random(count) < 0.6
        stranger = self.strangers + random.integers(0, 3 * self.people.count, count)
        visits["at"] = second * MICRO + random.integers(0, MICRO, count)
        visits["cookie"] = np.where(known, self.cookie_of(person, second, device), stranger)
        visits["size"], visits["order"] = sizes, -1
        visits["person"] = np.where(known, person, -1)
        joined = self.people.joined_at[person] <= second
        visits["login"] = np.where(known & joined & (random.random(count) < 0.55), 2, 99)
        shop = np.flatnonzero(self.people.in_shop)
        on_tablet = np.flatnonzero(known & joined & self.people.in_shop[person])[:2]
        if len(shop):
            visits["cookie"][on_tablet], visits["login"][on_tablet] = self.tablets, 1
        return visits

    def _robots(self, random: np.random.Generator, day: int, budget: int) -> Rows:
        visits = np.zeros(self.robot_count if budget >= self.robot_count else 0, VISIT)
        count = len(visits)
        start = self.period.start + day * DAY + random.integers(0, 12 * 3600, count)
        visits["at"] = start * MICRO
        visits["cookie"] = self.robots + np.arange(count)
        visits["size"] = budget // max(1, count)
        visits["person"], visits["order"], visits["login"] = -1, -1, 99
        visits["robot"] = True
        return visits

    def _campaigns(self, random: np.random.Generator, day: int, visits: Rows) -> Ints:
        """A third come by a campaign: at most one visit a cookie and day, none soon after midnight.

        So a campaign that shows up is always a new one, by any reading of the session rule.
        """
        campaign = random.integers(1, len(CAMPAIGNS), len(visits))
        campaign[random.random(len(visits)) > 0.35] = 0
        hours = np.where(visits["order"] >= 0, 5, 3)
        campaign[visits["at"] < (self.period.start + day * DAY + hours * 3600) * MICRO] = 0
        campaign[visits["robot"]] = 0
        _, first = np.unique(visits["cookie"], return_index=True)
        sole = np.zeros(len(visits), dtype=np.bool_)
        sole[first] = True
        chosen: Ints = np.where(sole, campaign, 0)
        return chosen

    def _events(self, random: np.random.Generator, day: int, visits: Rows) -> Rows:
        owner = np.repeat(np.arange(len(visits)), visits["size"])
        first = np.cumsum(visits["size"]) - visits["size"]
        rows = np.zeros(len(owner), EVENT)
        place = np.arange(len(owner)) - first[owner]
        rows["place"], rows["visit"] = place, day * 10_000_000 + owner
        rows["name"] = self._names(random, visits, owner, place)
        for column in ("cookie", "robot"):
            rows[column] = visits[column][owner]
        rows["at"] = self._moments(random, visits, owner, place, first)
        rows["person"] = np.where(place >= visits["login"][owner], visits["person"][owner], -1)
        rows["order"] = np.where(rows["name"] == PURCHASE, visits["order"][owner], -1)
        rows["page"] = random.integers(0, len(PAGES), len(owner))
        campaign = visits["campaign"][owner]
        again = (place == 3) & (campaign > 0) & (random.random(len(owner)) < 0.03)
        rows["campaign"] = np.where(place == 0, campaign, np.where(again, campaign % 5 + 1, 0))
        known = visits["person"][owner] >= 0
        rows["mail"] = (place == 0) & (campaign == 2) & known & (random.random(len(owner)) < 0.4)
        rows["person"] = np.where(rows["mail"], visits["person"][owner], rows["person"])
        return rows

    def _names(self, random: np.random.Generator, visits: Rows, owner: Ints, place: Ints) -> Ints:
        name = random.choice(
            [PAGE, ITEM, CART, SEARCH, EXCEPTION, SCROLL],
            len(owner),
            p=[0.5, 0.22, 0.06, 0.06, 0.01, 0.15],
        )
        name = np.where(place == visits["login"][owner], LOGIN, name)
        name = np.where(place == 1, PAGE, name)
        name = np.where(place == 0, START, name)
        left = visits["size"][owner] - 1 - place
        buys = visits["order"][owner] >= 0
        for before_end, step in ((2, CART), (1, CHECKOUT), (0, PURCHASE)):
            name = np.where(buys & (left == before_end), step, name)
        return np.where(visits["robot"][owner] & (place > 0), PAGE, name)

    def _moments(
        self, random: np.random.Generator, visits: Rows, owner: Ints, place: Ints, first: Ints
    ) -> Ints:
        """Event times from the gaps between them; a purchase falls on its order's own moment."""
        gaps: Floats = np.minimum(random.exponential(45, len(owner)), 300) + 0.001
        pause = (random.random(len(owner)) < 0.003) & (visits["order"][owner] < 0)
        gaps = np.where(pause, random.uniform(1_860, 3_000, len(owner)), gaps)
        gaps = np.where(visits["robot"][owner], 1.5, gaps)
        steps = np.where(place == 0, 0, (gaps * MICRO).astype(np.int64))
        run = np.cumsum(steps)
        since = run - run[first][owner] if len(owner) else run
        length = since[first + visits["size"] - 1] if len(owner) else since
        start = np.where(visits["order"] >= 0, visits["at"] - length, visits["at"])
        moment: Ints = start[owner] + since
        return moment
