"""Segments: as a plain reading of the rules has them, and the same whenever looked at."""

import csv
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from homes import Home

FIRST, LAST = date(2018, 1, 3), date(2018, 4, 18)
EARLIER, LATER = date(2018, 3, 1), date(2018, 4, 20)
MARTS = ("fct_segment_membership", "agg_segment_kpis", "dim_customers", "fct_orders")


class Order(NamedTuple):
    order_id: str
    person: str
    day: date
    cents: int
    status: str


def orders() -> list[Order]:
    """Three hundred orders of eighty persons; few different amounts, so that ties abound."""
    draw = random.Random(11)
    span = (LAST - FIRST).days
    return [
        Order(
            f"order{number:04d}",
            f"person{draw.randrange(80):03d}",
            FIRST + timedelta(days=draw.randrange(span)),
            draw.choice([1_000, 2_000, 5_000]),
            draw.choice(["delivered"] * 9 + ["canceled"]),
        )
        for number in range(300)
    ]


def deliver(home: Home) -> None:
    """Write the orders as Olist's extracts, one customer record an order."""
    folder = home.landing / "olist"
    folder.mkdir(parents=True, exist_ok=True)
    told = orders()
    _write(
        folder / "olist_customers_dataset.csv",
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
        [[f"c-{o.order_id}", o.person, "01000", "sao paulo", "SP"] for o in told],
    )
    _write(
        folder / "olist_orders_dataset.csv",
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
        "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date",
        [
            [o.order_id, f"c-{o.order_id}", o.status, f"{o.day} 12:00:00", "", "", "", ""]
            for o in told
        ],
    )
    _write(
        folder / "olist_order_items_dataset.csv",
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value",
        [[o.order_id, 1, "tea", "s", f"{o.day} 12:00:00", o.cents / 100, 0] for o in told],
    )


def _write(path: Path, header: str, rows: list[list[object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)


Days = dict[tuple[str, str, date], str]


def days_of(home: Home, until: date) -> Days:
    """The segment of every person, scheme and day; fails where one has two."""
    found: Days = {}
    with home.warehouse() as con:
        stays = con.execute(
            "select person_id, scheme, segment, valid_from, valid_to"
            " from marts.fct_segment_membership"
        ).fetchall()
    for person, scheme, segment, start, end in stays:
        day = start
        while day < min(end or until, until):
            assert (person, scheme, day) not in found
            found[person, scheme, day] = segment
            day += timedelta(days=1)
    return found


def persons_of(home: Home) -> dict[str, str]:
    """The stable name of the person behind each order."""
    with home.warehouse() as con:
        told = con.execute("select order_id, person_id from marts.fct_orders").fetchall()
    return {order_id.removeprefix("olist/"): person for order_id, person in told}


class Nights(NamedTuple):
    """The home as of the later day, and what its days were as of the earlier one."""

    home: Home
    before: Days


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> Nights:
    """Two nights of the same deliveries, seven weeks apart."""
    home = Home(tmp_path_factory.mktemp("segments") / "home")
    home.cx("init", "--sources", "olist", "--key-file", str(key_file))
    toml = home.path / "cx.toml"
    kept = [row for row in toml.read_text().splitlines() if "reporting_" not in row]
    zone_and_currency = ['reporting_zone = "UTC"', 'reporting_currency = "BRL"']
    toml.write_text("\n".join(zone_and_currency + kept) + "\n")
    deliver(home)
    home.make(EARLIER.isoformat(), *MARTS)
    before = days_of(home, EARLIER)
    home.make(LATER.isoformat(), *MARTS)
    return Nights(home, before)


def test_a_past_day_is_as_it_was(nights: Nights) -> None:
    """Seven weeks later, and with all that happened since."""
    assert nights.before
    assert nights.before == days_of(nights.home, EARLIER)


def test_sizes_sum_to_all(nights: Nights) -> None:
    """In each scheme and week the segments sum to the persons seen until then."""
    with nights.home.warehouse() as con:
        wrong = con.execute("""
            with sizes as (
                select scheme, week, sum(persons) as persons
                from marts.agg_segment_kpis group by scheme, week
            )
            select s.*, count(d.person_id) as seen
            from sizes as s
            left join marts.dim_customers as d on d.first_seen_date < s.week + interval 7 day
            group by s.scheme, s.week, s.persons
            having s.persons <> count(d.person_id)
        """).fetchall()
    assert not wrong


@pytest.mark.parametrize("monday", [date(2018, 1, 15), date(2018, 2, 26), date(2018, 4, 16)])
def test_segments_are_those_of_the_rules(nights: Nights, monday: date) -> None:
    """Quintiles, ranks and rules worked out in plain Python from the orders as written."""
    home = nights.home
    days, names = days_of(home, LATER), persons_of(home)
    for scheme, expected in expected_segments(names, monday).items():
        seen = {person: days[person, scheme, monday] for person in expected}
        assert seen == expected


def expected_segments(names: dict[str, str], monday: date) -> dict[str, dict[str, str]]:
    """Segment by scheme and person, of everybody with an order before `monday`."""
    placed: dict[str, list[Order]] = defaultdict(list)
    for order in orders():
        if order.day < monday and order.status != "canceled":
            placed[names[order.order_id]].append(order)
    money = {person: sum(order.cents for order in own) for person, own in placed.items()}
    recency = _quintiles(placed, lambda p: (max(order.day for order in placed[p]), p))
    frequency = _quintiles(placed, lambda p: (len(placed[p]), money[p], p))
    monetary = _quintiles(placed, lambda p: (money[p], p))
    by_value = sorted(placed, key=lambda p: (money[p], p), reverse=True)
    rank = {person: place + 1 for place, person in enumerate(by_value)}
    return {
        "rfm": {p: _rfm(recency[p], frequency[p], monetary[p]) for p in placed},
        "value": {p: _value(rank[p], len(placed)) for p in placed},
    }


def _quintiles(
    persons: dict[str, list[Order]], key: Callable[[str], tuple[Any, ...]]
) -> dict[str, int]:
    """Five groups of equal size in order of `key`; the first ones take what is left over."""
    size, over = divmod(len(persons), 5)
    limits = [size * group + min(group, over) for group in range(1, 6)]
    places = enumerate(sorted(persons, key=key))
    return {person: 1 + sum(place >= limit for limit in limits) for place, person in places}


def _rfm(recency: int, frequency: int, monetary: int) -> str:
    if recency >= 4 and frequency >= 4 and monetary >= 4:
        return "champions"
    if recency >= 3 and frequency >= 3:
        return "loyal"
    if recency >= 3:
        return "recent" if recency >= 4 else "promising"
    return "at_risk" if frequency >= 3 else "hibernating"


def _value(rank: int, buyers: int) -> str:
    if 5 * rank <= buyers:
        return "high"
    return "medium" if 2 * rank <= buyers else "low"
