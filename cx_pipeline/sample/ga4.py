"""Writes the web log as the lines of a GA4 BigQuery export: NDJSON, nested as BigQuery does."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import numpy as np

from cx_pipeline.sample.clock import Period, stream
from cx_pipeline.sample.commerce import PRODUCTS
from cx_pipeline.sample.names import COUNTRIES, Country
from cx_pipeline.sample.tally import SessionTally
from cx_pipeline.sample.web import (
    CAMPAIGNS,
    CART,
    EXCEPTION,
    ITEM,
    MICRO,
    NAMES,
    PAGE,
    PAGES,
    PURCHASE,
    Rows,
    Web,
)

Event = tuple[int, ...]  # the values of EVENT_COLUMNS

SHOP = "https://shop.example.com"
REFERRERS = ("https://www.google.com/", "https://www.instagram.com/", "https://news.example.org/a")
BROWSERS = (("Chrome", "126.0"), ("Safari", "17.5"), ("Firefox", "127.0"), ("Edge", "125.0"))
ROBOTS = (("Googlebot", "2.1"), ("HeadlessChrome", "125.0"))
DEVICES = (("desktop", "Windows"), ("mobile", "iOS"), ("mobile", "Android"), ("tablet", "iOS"))
TITLES = ("Home", "Shop", "Tea kettle", "Desk lamp", "Chair", "Mug set", "Help", "Returns",
          "My account", "Blog")  # fmt: skip
EVENT_COLUMNS = ("at", "cookie", "person", "visit", "place", "name", "page", "campaign", "order",
                 "robot", "mail")  # fmt: skip
LATE_SHARE, DUPLICATE_SHARE = 0.01, 0.005


class ExportWriter:
    """Renders days of a Web and writes one file a day of arrival.

    One event in a hundred arrives 1-5 days late, one in two hundred twice (the same line again).
    """

    def __init__(self, web: Web) -> None:
        self.web = web
        self.lines = 0
        self.duplicates = 0
        self.late = 0
        self._cookies: dict[int, str] = {}
        self._waiting: dict[int, list[str]] = defaultdict(list)

    def days(self, tally: SessionTally) -> Iterator[tuple[date, list[str]]]:
        """Each day of arrival with its lines; `tally` is shown every day's events on the way."""
        last = self.web.period.days - 1
        for day, rows in enumerate(self.web.daily()):
            tally.add(rows)
            self._cookies.clear()
            lines = self._render(rows)
            random = stream(self.web.seed, 10, day)
            late = random.random(len(rows)) < LATE_SHARE
            twice = random.random(len(rows)) < DUPLICATE_SHARE
            arrival = np.where(late, day + random.integers(1, 6, len(rows)), day)
            arrival = np.minimum(arrival, last)
            again = np.minimum(arrival + random.integers(0, 4, len(rows)), last)
            for place in np.flatnonzero(twice).tolist():
                self._waiting[int(again[place])].append(lines[place])
            for place in np.flatnonzero(arrival > day).tolist():
                self._waiting[int(arrival[place])].append(lines[place])
                lines[place] = ""
            lines = [line for line in lines if line]
            lines.extend(self._waiting.pop(day, ()))
            self.lines += len(lines)
            self.duplicates += int(twice.sum())
            self.late += int((arrival > day).sum())
            yield self.web.period.day(day), lines

    def _render(self, rows: Rows) -> list[str]:
        if not len(rows):  # NumPy replaces nothing in no text by an error
            return []
        seconds = (rows["at"] // MICRO).astype("datetime64[s]")
        dates = np.char.replace(np.datetime_as_string(seconds, unit="D"), "-", "").tolist()
        events = zip(*(rows[name].tolist() for name in EVENT_COLUMNS), strict=True)
        return [self._line(day, event) for day, event in zip(dates, events, strict=True)]

    def _line(self, day: str, event: Event) -> str:
        at, cookie, person, visit, place, name, page, campaign, order, robot, mail = event
        tail = self._cookies.get(cookie)
        if tail is None:
            tail = self._cookies[cookie] = self._cookie_tail(cookie, bool(robot))
        known = f'"user_id":"{self.web.people.number(person)}",' if person >= 0 and not mail else ""
        query = self._query(person, campaign, bool(mail)) if campaign else ""
        return (
            f'{{"event_date":"{day}","event_timestamp":"{at}","event_name":"{NAMES[name]}",'
            f"{_source(campaign, at) if campaign else ''}{self._basket(name, page, order)}"
            f'"event_params":[{{"key":"page_location","value":{{"string_value":'
            f'"{SHOP}{PAGES[page]}{query}"}}}},{{"key":"page_title","value":{{"string_value":'
            f'"{TITLES[page]}"}}}},{{"key":"ga_session_id","value":{{"int_value":"{visit}"}}}},'
            f'{{"key":"engagement_time_msec","value":{{"int_value":'
            f'"{(visit * 131 + place * 977) % 60_000}"}}}}{self._more_params(event)}],'
            f'"event_bundle_sequence_id":"{visit}","batch_event_index":"{place}",{known}{tail}'
        )

    def _query(self, person: int, campaign: int, mail: bool) -> str:
        """The campaign's parameters in the address; newsletters also tell who was written to."""
        source, medium, title = CAMPAIGNS[campaign]
        query = f"?utm_source={source}&utm_medium={medium}&utm_campaign={title}"
        if not mail:
            return query
        address = self.web.people.emails[person][0]
        return f"{query}&email={quote(address) if person % 2 else address}"

    def _more_params(self, event: Event) -> str:
        _, _, _, visit, place, name, _, campaign, order, *_ = event
        params = ""
        if place == 0 and campaign == 0 and visit % 3 == 0:
            params += _param("page_referrer", "string", REFERRERS[visit % 9 // 3])
        if name == PAGE and place % 4 == 1:
            load = 300 + (visit * 7_919 + place * 104_729) % 4_000
            params += _param("load_ms", "int", str(load))
        if name == EXCEPTION:
            code = ("E_PAYMENT", "E_TIMEOUT", "E_FORM")[visit % 3]
            params += _param("error_code", "string", code)
        if order >= 0:
            money = "USD" if self.web.orders.foreign[order] else "EUR"
            params += _param("currency", "string", money)
        return params

    def _basket(self, name: int, page: int, order: int) -> str:
        if name == PURCHASE and order >= 0:
            orders = self.web.orders
            sku, title, _, _ = PRODUCTS[int(orders.product[order])]
            amount = int(orders.amount[order] - orders.discount[order])
            return (
                f'"ecommerce":{{"transaction_id":"{orders.number(order)}",'
                f'"purchase_revenue":{amount // 100}.{amount % 100:02d}}},'
                f'"items":[{{"item_id":"{sku}","item_name":"{title}"}}],'
            )
        if 2 <= page <= 5 and name in {ITEM, CART}:
            sku, title, _, _ = PRODUCTS[page - 2]
            return f'"items":[{{"item_id":"{sku}","item_name":"{title}"}}],'
        return ""

    def _cookie_tail(self, cookie: int, robot: bool) -> str:
        web = self.web
        place = self._place(cookie)
        device, system = DEVICES[0 if robot else cookie * 7 % 11 % 4]
        browser, version = ROBOTS[cookie % 2] if robot else BROWSERS[cookie * 5 % 13 % 4]
        ads = "No" if cookie % 4 == 1 else "Yes"
        analytics = "Unset" if cookie % 10 == 3 else "Yes"
        return (
            f'"user_pseudo_id":"{cookie_id(cookie, web.period)}","privacy_info":{{'
            f'"analytics_storage":"{analytics}","ads_storage":"{ads}",'
            f'"uses_transient_token":"No"}},"device":{{"category":"{device}",'
            f'"operating_system":"{system}","language":"{place.language}","web_info":{{'
            f'"browser":"{browser}","browser_version":"{version}"}},"time_zone_offset_seconds":'
            f'"{place.offset_hours * 3600}"}},"geo":{{"country":"{place.name}","region":'
            f'"{place.region}","city":"{place.city}"}},"traffic_source":{{"name":"(direct)",'
            f'"medium":"(none)","source":"(direct)"}},"stream_id":"3206015529","platform":"WEB"}}'
        )

    def _place(self, cookie: int) -> Country:
        if cookie < self.web.strangers:
            return COUNTRIES[int(self.web.people.country[cookie // 8])]
        return COUNTRIES[cookie % len(COUNTRIES)]


def _source(campaign: int, at: int) -> str:
    source, medium, title = CAMPAIGNS[campaign]
    click = f',"gclid":"Cj0{at % 10**9:x}"' if medium == "cpc" else ""
    return (
        f'"collected_traffic_source":{{"manual_campaign_name":"{title}",'
        f'"manual_source":"{source}","manual_medium":"{medium}"{click}}},'
    )


def _param(key: str, kind: str, value: str) -> str:
    return f',{{"key":"{key}","value":{{"{kind}_value":"{value}"}}}}'


def cookie_id(cookie: int, period: Period) -> str:
    """A client id as the GA4 tag makes them: a random number, a dot, the second of its making."""
    return f"{(cookie * 2_654_435_761 + 12_345) % 2**32}.{period.start - 1 - cookie % 100_000}"


def write_lines(path: Path, lines: list[str]) -> None:
    """Write NDJSON, gzipped without a time stamp, so that equal lines give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(lines) + "\n" if lines else ""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) as packed:
        packed.write(text.encode())
