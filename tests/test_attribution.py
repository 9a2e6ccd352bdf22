"""Attribution: by hand, by other roads (fractions, permutations, a linear solve), and summing to the cent."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from conversion_world import Models
from homes import Demo

from cx_pipeline.settings import SettingsError, load_settings

AS_OF = date(2026, 3, 1)
NAMES = ("int_conversion_touches", "fct_attribution", "agg_attribution")
NOON = datetime(2026, 1, 20, 12)
DAY = timedelta(days=1)
HEURISTICS = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley")


class Touch(NamedTuple):
    person: str
    channel: str
    at: datetime


class Order(NamedTuple):
    id: str
    person: str | None
    at: datetime
    amount: Decimal = Decimal("100.00")
    excluded: str | None = None
    is_void: bool = False


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    models = Models(tmp_path_factory.mktemp("attribution"), NAMES, AS_OF)
    yield models
    models.con.close()


def build(models: Models, touches: Sequence[Touch], orders: Sequence[Order]) -> None:
    models.table(
        "marts.fct_touchpoints",
        "touchpoint_id varchar, person_id varchar, kind varchar, channel varchar,"
        " occurred_at timestamp",
        [
            (f"t{number:05d}", one.person, "web_session", one.channel, one.at)
            for number, one in enumerate(touches)
        ],
    )
    models.table(
        "marts.fct_orders",
        "order_id varchar, person_id varchar, ordered_at timestamp, net_amount decimal(18,2),"
        " excluded_reason varchar, is_void boolean, local_date date",
        [(o.id, o.person, o.at, o.amount, o.excluded, o.is_void, o.at.date()) for o in orders],
    )
    models.build()


def path(person: str, *channels: str, until: datetime = NOON) -> list[Touch]:
    """Touches a day apart, the last an hour before."""
    last = until - timedelta(hours=1)
    count = len(channels)
    return [
        Touch(person, channel, last - DAY * (count - place))
        for place, channel in enumerate(channels, 1)
    ]


Credits = dict[tuple[str, str], dict[str, Decimal]]


def credits(models: Models) -> Credits:
    found: Credits = defaultdict(dict)
    for conversion, model, channel, credit in models.rows(
        "select conversion_id, model, channel, credit from marts.fct_attribution"
    ):
        found[conversion, model][channel] = credit
    return dict(found)


# ---- by hand ----------------------------------------------------------------------------------


def test_worked_by_hand(models: Models) -> None:
    touches = path("p1", "search", "email", "social", "direct")
    touches += [Touch("p2", "search", NOON - DAY * 14), Touch("p2", "email", NOON - DAY * 7)]
    touches += [Touch("p3", "search", NOON - DAY * 30), Touch("p3", "email", NOON - DAY * 31)]
    touches += [Touch("p4", "search", NOON + timedelta(seconds=1))]
    touches += path("p5", "direct", "direct")
    people = ("p1", "p2", "p3", "p4", "p5", None)
    build(models, touches, [Order(f"o{n}", person, NOON) for n, person in enumerate(people, 1)])
    found = credits(models)

    def told(conversion: str, model: str) -> dict[str, float]:
        return {channel: float(credit) for channel, credit in found[conversion, model].items()}

    assert told("o1", "first") == {"search": 1}
    assert told("o1", "last") == {"direct": 1}
    assert told("o1", "last_non_direct") == {"social": 1}
    assert told("o1", "linear") == {"search": 0.25, "email": 0.25, "social": 0.25, "direct": 0.25}
    assert told("o1", "position") == {"search": 0.4, "email": 0.1, "social": 0.1, "direct": 0.4}
    assert told("o2", "position") == {"search": 0.5, "email": 0.5}
    # Seven days apart: half as much.
    assert told("o2", "time_decay") == {"search": 0.333333, "email": 0.666667}
    # Thirty days before is within the lookback, thirty-one is not.
    assert told("o3", "linear") == {"search": 1}
    # Touched afterwards, or nobody: kept, without a touch.
    assert told("o4", "linear") == told("o6", "shapley") == {"none": 1}
    assert told("o5", "last_non_direct") == {"direct": 1}
    assert {key[1] for key in found} == set(HEURISTICS)


def test_the_published_example_of_a_markov_chain(models: Models) -> None:
    """C1>C2>C3 converts, C1 and C2>C3 do not: removal effects 0.5, 1 and 1 (Bryl, AnalyzeCore 2016)."""
    touches = path("p1", "C1", "C2", "C3") + path("p2", "C1") + path("p3", "C2", "C3")
    build(models, touches, [Order("o1", "p1", NOON)])
    found = models.rows(
        "select channel, removal_effect, credit, value from marts.agg_attribution"
        " where model = 'markov' order by channel"
    )
    assert [row[:2] for row in found] == [("C1", 0.5), ("C2", 1.0), ("C3", 1.0)]
    assert [float(row[2]) for row in found] == [0.2, 0.4, 0.4]
    assert [float(row[3]) for row in found] == [20.0, 40.0, 40.0]


# ---- random worlds, by other roads ------------------------------------------------------------

CHANNELS = ("direct", "email", "search", "social", "display")


def world(seed: int, people: int = 60, channels: Sequence[str] = CHANNELS) -> tuple[Any, Any]:
    draw = random.Random(seed)
    touches, orders = [], []
    for number in range(people):
        person = f"p{number:03d}"
        at = datetime(2026, 1, 1) + timedelta(hours=draw.randrange(24 * 25))
        for _ in range(draw.randrange(0, 9)):
            touches.append(Touch(person, draw.choice(channels), at))
            at += timedelta(hours=draw.choice([0, 1, 30, 200]))
            if draw.random() < 0.25:
                cents = Decimal(draw.randrange(1, 99999)) / 100
                excluded = draw.choice([None] * 5 + ["other_currency"])
                is_void = draw.random() < 0.1
                orders.append(Order(f"o{len(orders)}", person, at, cents, excluded, is_void))
    last = datetime(2026, 2, 28)
    return [one for one in touches if one.at < last], [one for one in orders if one.at < last]


def before(order: Order, touches: Sequence[Touch]) -> list[Touch]:
    mine = [
        (one.at, number, one)
        for number, one in enumerate(touches)
        if one.person == order.person and timedelta() <= order.at - one.at <= 30 * DAY
    ]
    return [one for *_, one in sorted(mine)]


def shares(touches: Sequence[Touch], model: str) -> dict[str, Fraction]:
    """The exact credit of each channel; time decay to what a double tells."""
    n = len(touches)
    one = Fraction(1)
    if model == "first":
        weights = [one] + [Fraction(0)] * (n - 1)
    elif model == "last":
        weights = [Fraction(0)] * (n - 1) + [one]
    elif model == "last_non_direct":
        named = [place for place, t in enumerate(touches) if t.channel != "direct"]
        weights = [Fraction(place == (named or [n - 1])[-1]) for place in range(n)]
    elif model == "linear":
        weights = [one / n] * n
    elif model == "position":
        weights = {1: [one], 2: [one / 2] * 2}.get(
            n, [Fraction(2, 5), *[Fraction(1, 5) / max(n - 2, 1)] * (n - 2), Fraction(2, 5)]
        )
    elif model == "time_decay":
        ages = [(touches[-1].at - t.at) / (7 * DAY) for t in touches]
        parts = [Fraction(0.5**age) for age in ages]
        weights = [part / sum(parts) for part in parts]
    else:
        return permuted([t.channel for t in touches])
    found: dict[str, Fraction] = defaultdict(Fraction)
    for touch, weight in zip(touches, weights, strict=True):
        found[touch.channel] += weight
    return found


def permuted(channels: Sequence[str]) -> dict[str, Fraction]:
    """Shapley values by their definition: the mean of what a channel adds, over all orders."""
    players = sorted(set(channels))
    added: dict[str, int] = Counter()
    orders = list(permutations(players))
    for order in orders:
        coalition: set[str] = set()
        for player in order:
            was = set(channels) <= coalition
            coalition.add(player)
            added[player] += (set(channels) <= coalition) - was
    return {player: Fraction(added[player], len(orders)) for player in players}


@pytest.mark.parametrize("seed", range(6))
def test_each_credit_equals_the_exact_one_and_all_sum_to_one(models: Models, seed: int) -> None:
    touches, orders = world(seed)
    build(models, touches, orders)
    found = credits(models)
    counted = [order for order in orders if not order.is_void]
    assert {key for key, _ in found} == {order.id for order in counted}
    for order in counted:
        mine = before(order, touches)
        for model in HEURISTICS:
            got = found[order.id, model]
            assert sum(got.values()) == 1
            if not mine:
                assert got == {"none": 1}
                continue
            exact = {channel: x for channel, x in shares(mine, model).items() if x}
            assert got.keys() == exact.keys()
            for channel, share in exact.items():
                assert abs(Fraction(got[channel]) - share) < Fraction(len(mine) + 1, 10**6)
    values = models.rows(
        "select conversion_id, model, sum(value), count(value), count(*)"
        " from marts.fct_attribution group by all"
    )
    amounts = {order.id: None if order.excluded else order.amount for order in orders}
    assert all(row[2] == amounts[row[0]] for row in values)
    assert all(row[3] in (0, row[4]) for row in values)


def test_shapley_of_a_whole_month_is_efficient_and_equals_the_permutations(models: Models) -> None:
    """Over the game of all conversions: a coalition is worth those whose touches lie within it."""
    touches, orders = world(11, channels=CHANNELS[:4])
    build(models, touches, orders)
    sets = [
        frozenset(t.channel for t in before(order, touches))
        for order in orders
        if not order.is_void
    ]
    sets = [one for one in sets if one]
    value: dict[str, Fraction] = defaultdict(Fraction)
    orderings = list(permutations(CHANNELS[:4]))
    for ordering in orderings:
        for place, player in enumerate(ordering):
            with_it, without = set(ordering[: place + 1]), set(ordering[:place])
            gained = sum(one <= with_it for one in sets) - sum(one <= without for one in sets)
            value[player] += Fraction(gained, len(orderings))
    told = models.rows(
        "select channel, sum(credit) from marts.agg_attribution"
        " where model = 'shapley' and channel <> 'none' group by channel"
    )
    assert sum(credit for _, credit in told) == len(sets) == sum(value.values())
    for channel, credit in told:
        assert float(credit) == pytest.approx(float(value[channel]), abs=1e-4)


def removal_effects(paths: Sequence[tuple[tuple[str, ...], bool]]) -> dict[str, float]:
    """By a linear solve of the whole chain, and again without each channel; self-loops kept."""
    channels = sorted({channel for steps, _ in paths for channel in steps})
    counts: Counter[tuple[str, str]] = Counter()
    for steps, converted in paths:
        counts.update(pairwise(("(start)", *steps, "(conversion)" if converted else "(null)")))

    def conversion(without: str | None) -> float:
        states = ["(start)", *channels]
        place = {state: number for number, state in enumerate(states)}
        q = np.zeros((len(states), len(states)))
        b = np.zeros(len(states))
        total: Counter[str] = Counter()
        for (a, _), n in counts.items():
            total[a] += n
        for (a, z), n in counts.items():
            if without in (a, z):
                continue  # who comes there goes away
            if z == "(conversion)":
                b[place[a]] += n / total[a]
            elif z != "(null)":
                q[place[a], place[z]] += n / total[a]
        return float(np.linalg.solve(np.eye(len(states)) - q, b)[0])

    whole = conversion(None)
    return {channel: 1 - conversion(channel) / whole for channel in channels}


def monthly_paths(
    touches: Sequence[Touch], orders: Sequence[Order]
) -> Mapping[date, list[tuple[tuple[str, ...], bool]]]:
    found: dict[date, list[Any]] = defaultdict(list)
    led: set[int] = set()
    for order in orders:
        if not order.is_void and (mine := before(order, touches)):
            found[order.at.date().replace(day=1)].append((tuple(t.channel for t in mine), True))
            led |= {number for number, t in enumerate(touches) if t in mine}
    loose: dict[tuple[date, str], list[Any]] = defaultdict(list)
    for number, touch in enumerate(touches):
        if number not in led:
            loose[touch.at.date().replace(day=1), touch.person].append((touch.at, number, touch))
    for (month, _), mine in loose.items():
        found[month].append((tuple(t.channel for *_, t in sorted(mine)), False))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_markov_equals_a_linear_solve(models: Models, seed: int) -> None:
    touches, orders = world(seed, people=120)
    build(models, touches, orders)
    months = monthly_paths(touches, orders)
    seen = 0
    for month, paths in months.items():
        told = {
            channel: (effect, credit)
            for channel, effect, credit in models.rows(
                "select channel, removal_effect, credit from marts.agg_attribution"
                f" where model = 'markov' and channel <> 'none' and month = '{month}'"
            )
        }
        converted = sum(is_converted for _, is_converted in paths)
        if not converted:
            assert told == {}
            continue
        exact = {c: x for c, x in removal_effects(paths).items() if x > 1e-12}
        assert told.keys() == exact.keys()
        assert sum(credit for _, credit in told.values()) == converted
        for channel, effect in exact.items():
            assert told[channel][0] == pytest.approx(effect, abs=1e-8)
            share = effect / sum(exact.values())
            assert float(told[channel][1]) == pytest.approx(converted * share, abs=converted * 2e-5)
        seen += 1
    assert seen


def test_rare_channels_beyond_twelve_are_other_and_counted(models: Models) -> None:
    names = [f"ch{number:02d}" for number in range(15)]
    touches = [t for n, name in enumerate(names) for t in path(f"p{n}", *[name] * (16 - n))]
    build(models, touches, [Order(f"o{n}", f"p{n}", NOON) for n in range(15)])
    told = models.rows(
        "select channel, credit, grouped_count from marts.agg_attribution where model = 'markov'"
        " order by channel"
    )
    assert [row[0] for row in told] == [*names[:12], "other"]
    assert [row[2] for row in told] == [0] * 12 + [3]
    assert sum(row[1] for row in told) == 15
    rest = models.rows(
        "select count(distinct channel) from marts.agg_attribution where model = 'last'"
    )
    assert rest == [(15,)]


def test_of_a_thousand_touches_the_last_hundred_count_and_all_are_told(models: Models) -> None:
    touches = [
        Touch("p1", "email" if place < 900 else "search", NOON - timedelta(minutes=1000 - place))
        for place in range(1000)
    ]
    build(models, touches, [Order("o1", "p1", NOON)])
    assert models.rows(
        "select channel, credit, touch_count from marts.fct_attribution where model = 'linear'"
    ) == [("search", 1, 1000)]


def test_the_order_of_arrival_changes_nothing(models: Models) -> None:
    touches, orders = world(3)

    def told() -> list[Any]:
        facts = "select * from marts.fct_attribution order by all"
        return models.rows(facts) + models.rows("select * from marts.agg_attribution order by all")

    build(models, touches, orders)
    before_that = told()
    for table in ("fct_touchpoints", "fct_orders"):
        rows = models.rows(f"select * from marts.{table}")
        random.Random(7).shuffle(rows)
        models.con.execute(f"delete from marts.{table}")
        marks = ", ".join("?" * len(rows[0]))
        models.con.executemany(f"insert into marts.{table} values ({marks})", rows)
    models.build()
    assert told() == before_that


# ---- settings and the demo --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("lookback_days = 0", "attribution.lookback_days"),
        ("half_life_days = -1", "attribution.half_life_days"),
        ("lookback = 3", "attribution.lookback"),
    ],
)
def test_a_setting_that_cannot_be_meant(tmp_path: Path, told: str, said: str) -> None:
    (tmp_path / "cx.toml").write_text(f"[attribution]\n{told}\n")
    with pytest.raises(SettingsError, match=said):
        load_settings(tmp_path)


def test_the_lookback_is_the_one_that_was_set(tmp_path: Path) -> None:
    models = Models(tmp_path, NAMES, AS_OF, {"lookback_days": 2, "half_life_days": 1})
    touches = [
        Touch("p1", name, NOON - DAY * n)
        for n, name in enumerate(("search", "email", "old", "older"))
    ]
    build(models, touches, [Order("o1", "p1", NOON)])
    found = {channel: float(x) for channel, x in credits(models)["o1", "time_decay"].items()}
    assert found == {"old": 0.142857, "email": 0.285714, "search": 0.571429}
    models.con.close()


def test_the_demo_credits_each_of_its_orders(demo: Demo) -> None:
    with demo.marts() as con:
        orders = con.execute("select count(*) from fct_orders where not is_void").fetchone()
        told = con.execute(
            "select model, sum(credit) from agg_attribution group by model"
        ).fetchall()
        best = con.execute(
            "select count(*) from agg_attribution where model = 'markov' and removal_effect > 0"
        ).fetchone()
    assert orders and orders[0] > 0
    assert dict(told) == dict.fromkeys((*HEURISTICS, "markov"), orders[0])
    assert best and best[0] > 0
