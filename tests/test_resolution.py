"""First- and one-contact resolution, case times with the undecided, backlog, first orders and cohorts: against a walk
through all rows, and against SciPy's estimate of survival."""

import random
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from journey_world import AS_OF, Dbt, World, dbt_of_worlds
from scipy.stats import CensoredData, ecdf

BUILT = (
    "+fct_resolutions +agg_case_times +agg_case_backlog +fct_first_orders "
    "+fct_subscription_months +fct_kpi_daily +fct_kpi_excluded"
)
WEEK = timedelta(days=7)
START = datetime(2026, 5, 1, 9)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    with dbt_of_worlds(tmp_path_factory.mktemp("resolution")) as made:
        yield made


@pytest.fixture
def world(dbt: Dbt) -> World:
    return World(dbt, dbt.folder / "warehouse.duckdb")


def call(world: World, person: str | None, at: datetime, **values: Any) -> str:
    told = {"reason": "billing", "outcome": "answered", **values}
    return "shop/" + world.contact(person, at, **told)  # type: ignore[arg-type]


def judged(world: World, columns: str = "is_back_in_channel, is_back") -> dict[str, Any]:
    """Of each contact its reason for being left out, or the columns."""
    rows = world.query(f"select contact_id, excluded_reason, {columns} from marts.fct_resolutions")
    return {contact: reason or told for contact, reason, *told in rows}


def test_who_is_back(world: World) -> None:
    alone = call(world, "ann", START)
    called = call(world, "bob", START)
    again = call(world, "bob", START + WEEK)
    late = call(world, "cid", START)
    call(world, "cid", START + WEEK + timedelta(microseconds=1))
    other_reason = call(world, "dan", START)
    call(world, "dan", START + timedelta(days=1), reason="returns")
    other_channel = call(world, "eve", START)
    call(world, "eve", START + timedelta(days=1), channel="chat")
    helped = call(world, "fay", START)
    world.visit("fay", START + timedelta(days=6), page_path="/help/invoices")
    helped_before = call(world, "gus", START)
    world.visit("gus", START - timedelta(hours=1), page_path="/help/invoices")
    hung_up = call(world, "hal", START)
    call(world, "hal", START + timedelta(days=1), outcome="abandoned")
    called_back = call(world, "ida", START)
    call(world, "ida", START + timedelta(days=1), direction="outbound")
    tested = call(world, "joe", START)
    call(world, "joe", START + timedelta(days=1), is_test=True)
    world.build("run", BUILT)
    told = judged(world)
    assert told[alone] == [False, False]
    assert told[called] == [True, True]
    assert told[again] == [False, False]
    assert told[late] == [False, False]
    assert told[other_reason] == [False, False]
    assert told[other_channel] == [False, True]
    assert told[helped] == [False, True]
    assert told[helped_before] == [False, False]
    assert told[hung_up] == [True, True]
    assert told[called_back] == [False, False]
    assert told[tested] == [False, False]


def test_what_cannot_be_judged_says_why(world: World) -> None:
    just = call(world, "ann", AS_OF - WEEK)
    young = call(world, "bob", AS_OF - WEEK + timedelta(microseconds=1))
    back_already = call(world, "cid", AS_OF - timedelta(days=3))
    call(world, "cid", AS_OF - timedelta(days=2))
    unknown = call(world, None, START)
    no_reason = call(world, "dan", START, reason=None)
    is_test = call(world, "eve", START, is_test=True)
    open_case = call(world, "fay", START, channel="ticket", outcome=None)
    world.add(
        "contact_events",
        contact_id=open_case.removeprefix("shop/"),
        occurred_at=START,
        kind="created",
        actor="customer",
    )
    left = call(world, "gus", START, outcome="abandoned")
    world.build("run", BUILT)
    told = judged(world)
    assert told[just] == [False, False]
    assert [told[one] for one in (young, back_already)] == ["pending", "pending"]
    assert told[unknown] == "unknown_person"
    assert told[no_reason] == "unknown_reason"
    assert told[is_test] == "test"
    assert told[open_case] == "open"
    assert left not in told
    in_kpi = dict(
        world.query(
            "select reason, sum(n) from marts.fct_kpi_excluded where kpi_id = 'fcr' and dimension = 'all' group by all"
        )
    )
    assert in_kpi == {"pending": 3, "unknown_person": 1, "unknown_reason": 1, "test": 1, "open": 1}


def test_eight_days_later_the_pending_are_decided(world: World) -> None:
    call(world, "ann", AS_OF - timedelta(days=1))
    call(world, "ann", AS_OF - timedelta(hours=1))
    call(world, "bob", AS_OF - timedelta(hours=2))
    decided = "select sum(numerator), sum(denominator), sum(excluded) from marts.fct_kpi_daily where kpi_id = 'fcr' and dimension = 'all'"
    world.build("run", BUILT)
    assert world.query(decided) == [(0, 0, 3)]
    world.build("run", BUILT, AS_OF + timedelta(days=8))
    assert world.query(decided) == [(2, 3, 0)]


def test_any_contacts_as_a_walk_through_them_all(world: World) -> None:
    """400 contacts and help pages at random, many of one moment, against every pair of them."""
    draw = random.Random(7)
    asked: dict[str, tuple[str, str, str, datetime, str]] = {}
    helped: list[tuple[str, datetime]] = []
    for _ in range(400):
        person = draw.choice("abcdefghijkl")
        at = START + timedelta(hours=draw.randrange(24 * 29))
        if draw.random() < 0.1:
            world.visit(person, at, page_path=draw.choice(["/help", "/help/a", "/pricing"]))
            if world.rows["web_events"][-1]["page_path"] != "/pricing":
                helped.append((person, at))
            continue
        channel, reason = draw.choice(["call", "chat"]), draw.choice(["billing", "returns"])
        outcome = draw.choice(["answered", "answered", "abandoned"])
        told = call(world, person, at, channel=channel, reason=reason, outcome=outcome)
        asked[told] = (person, channel, reason, at, outcome)
    world.build("run", BUILT)
    expected: dict[str, Any] = {}
    for one, (person, channel, reason, at, outcome) in asked.items():
        if outcome == "abandoned":
            continue
        later = [
            (c, when)
            for other, (who, c, why, when, _) in asked.items()
            if (who, why) == (person, reason) and (at, one) < (when, other) and when <= at + WEEK
        ]
        here = any(c == channel for c, _ in later)
        read = any(who == person and at < when <= at + WEEK for who, when in helped)
        expected[one] = "pending" if at + WEEK > AS_OF else [here, bool(later) or read]
    assert judged(world) == expected
    assert len({str(told) for told in expected.values()}) == 4
    gaps = world.query(
        "select date, dimension, dimension_value from marts.fct_kpi_daily where kpi_id in ('fcr', 'ocr', 'fcr_ocr_gap')"
        " group by all having sum(case kpi_id when 'fcr' then numerator else -numerator end) <> 0"
    )
    assert gaps == []


def case(world: World, opened: datetime, *events: tuple[str, datetime], **values: Any) -> None:
    name = world.contact("ann", opened, "ticket", **values)
    for kind, at in (("created", opened), *events):
        actor = "customer" if kind == "created" else "agent"
        world.add("contact_events", contact_id=name, occurred_at=at, kind=kind, actor=actor)


def test_median_of_cases_as_scipy_estimates_it(world: World) -> None:
    """Cases that are solved, or open until now, of teams of 1 to 120 cases."""
    draw = random.Random(3)
    teams = {"one": 1, "two": 2, "few": 7, "some": 40, "many": 120, "slow": 30}
    lives: dict[str, list[tuple[int, bool]]] = {team: [] for team in teams}
    for team, count in teams.items():
        for _ in range(count):
            opened = datetime(2026, 5, 1) + timedelta(seconds=draw.randrange(30 * 86_400))
            took = int(draw.expovariate(1 / (400_000 * (9 if team == "slow" else 1)))) + 1
            now = int((AS_OF - opened).total_seconds())
            is_solved = took < now
            solved = [("solved", opened + timedelta(seconds=took))] if is_solved else []
            case(world, opened, *solved, team=team)
            lives[team].append((min(took, now), is_solved))
    world.build("run", BUILT)
    told = {
        team: row
        for team, *row in world.query(
            "select dimension_value, cases, done, pending, median_seconds, low_seconds, high_seconds"
            " from marts.agg_case_times where measure = 'full_resolution' and dimension = 'team'"
        )
    }
    for team, life in lives.items():
        done = [took for took, is_solved in life if is_solved]
        waiting = [took for took, is_solved in life if not is_solved]
        assert told[team][:3] == [len(life), len(done), len(waiting)]
        assert told[team][3:] == halves(done, waiting), team
    assert told["slow"][3] is None or told["slow"][5] is None
    assert told["many"][4] < told["many"][3] < told["many"][5]


def halves(done: list[int], waiting: list[int]) -> list[int | None]:
    """When half are done by SciPy's survival function, and by its bounds."""
    if not done:
        return [None, None, None]
    curve = ecdf(CensoredData(uncensored=done, right=waiting)).sf
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        bounds = curve.confidence_interval(0.95, method="log-log")

    def first(shares: Any) -> int | None:
        there = [int(at) for at, p in zip(curve.quantiles, shares, strict=True) if p <= 0.5 + 1e-9]
        return min(there) if there else None

    # where nobody waits any more SciPy knows no bound; the lower one is there at the latest
    low = np.where(curve.probabilities == 0, 0, bounds.low.probabilities)
    return [first(curve.probabilities), first(low), first(bounds.high.probabilities)]


def test_backlog_as_counted_day_by_day(world: World) -> None:
    draw = random.Random(5)
    lives: list[tuple[str, list[tuple[datetime, datetime | None]]]] = []
    for _ in range(60):
        at = START + timedelta(minutes=draw.randrange(28 * 1440))
        moments = [at]
        for _ in range(draw.randrange(4)):
            at += timedelta(minutes=draw.randrange(1, 6 * 1440))
            moments.append(at)
        moments = [moment for moment in moments if moment < AS_OF]
        kinds = ["solved", "reopened"] * 2
        team = draw.choice(["x", "y"])
        case(world, moments[0], *zip(kinds, moments[1:], strict=False), team=team)
        ends: list[datetime | None] = [*moments, None]
        lives.append((team, [tuple(pair) for pair in pairwise(ends)][::2]))  # type: ignore[misc]
    world.build("run", BUILT)
    rows = world.query(
        "select dimension_value, date, opening, opened, reopened, ended, closing"
        " from marts.agg_case_backlog where dimension in ('all', 'team')"
    )
    days = {str(row[1]) for row in rows}
    assert max(days) == "2026-05-31"
    for name, day, opening, opened, reopened, ended, closing in rows:
        open_then = Counter()  # type: ignore[var-annotated]
        for team, spells in lives:
            if name not in ("all", team):
                continue
            for number, (since, until) in enumerate(spells):
                open_then["closing"] += since.date() <= day and (not until or until.date() > day)
                open_then["opening"] += since.date() < day and (not until or until.date() >= day)
                open_then["opened" if number == 0 else "reopened"] += since.date() == day
                open_then["ended"] += until is not None and until.date() == day
        found = (opening, opened, reopened, ended, closing)
        names = ("opening", "opened", "reopened", "ended", "closing")
        assert found == tuple(open_then[part] for part in names), (name, day)


def test_handed_over_calls_are_no_cases(world: World) -> None:
    name = call(world, "ann", START).removeprefix("shop/")
    world.add(
        "contact_events", contact_id=name, occurred_at=START, kind="transferred", actor="agent"
    )
    world.build("run", BUILT)
    assert world.query("select count(*) from marts.fct_case_times") == [(0,)]
    assert world.query("select count(*) from marts.agg_case_backlog") == [(0,)]


def test_the_second_order_of_a_customer(world: World) -> None:
    def order(person: str | None, day: date, **values: Any) -> str:
        at = datetime(day.year, day.month, day.day, 12)
        told = {"person_token": person, "ordered_at": at, "amount": 10, "currency": "EUR"}
        return "shop/" + world.add("orders", **{**told, "status": "paid", **values})

    void = order("ann", date(2026, 1, 1), status="cancelled")
    first = order("ann", date(2026, 1, 10))
    order("ann", date(2026, 4, 10))
    late = order("bob", date(2026, 1, 10))
    order("bob", date(2026, 4, 11))
    only = order("cid", date(2026, 2, 1))
    young = order("dan", date(2026, 4, 1))
    unknown = order(None, date(2026, 1, 1))
    world.build("run", BUILT)
    told = {
        order_id: reason or is_repeated
        for order_id, reason, is_repeated in world.query(
            "select order_id, excluded_reason, is_repeated from marts.fct_first_orders"
        )
    }
    assert void not in told
    assert told == {
        first: True, late: False, only: False, young: "pending", unknown: "unknown_person"
    }  # fmt: skip


def test_starting_cohorts_of_subscriptions(world: World) -> None:
    def held(person: str, since: date, until: date | None = None) -> None:
        at = [day and datetime(day.year, day.month, day.day, 12) for day in (since, until)]
        world.add(
            "subscriptions", person_token=person, product_id="p", started_at=at[0], ended_at=at[1]
        )

    held("ann", date(2026, 1, 15))
    held("bob", date(2026, 1, 15), date(2026, 3, 1))  # held as March began, and lost in it
    held("cid", date(2026, 2, 1))  # begun on the first day: in March's cohort, not in February's
    held("dan", date(2026, 3, 5), date(2026, 3, 20))  # in no cohort
    held("eve", date(2026, 1, 2), date(2026, 4, 30))
    as_of = datetime(2026, 5, 20)
    world.build("run", BUILT, as_of)
    told = world.query(
        "select date, numerator, denominator, excluded from marts.fct_kpi_daily"
        " where kpi_id = 'churn_rate' and dimension = 'all' order by date"
    )
    months = [date(2026, month, 1) for month in (2, 3, 4, 5)]
    assert told == [
        (months[0], 0, 3, 0), (months[1], 1, 4, 0), (months[2], 1, 3, 0), (months[3], 0, 0, 2)
    ]  # fmt: skip
    kept = world.query(
        "select sum(numerator), sum(denominator) from marts.fct_kpi_daily"
        " where kpi_id = 'retention_rate' and dimension = 'all'"
    )
    assert kept == [(8, 10)]
    world.build("run", BUILT, datetime(2026, 5, 1))
    begun = "select max(date), sum(excluded) from marts.fct_kpi_daily where kpi_id = 'churn_rate' and dimension = 'all'"
    assert world.query(begun) == [(months[2], 0)]  # May has no day yet


def test_a_sum_of_large_values_does_not_overflow(world: World) -> None:
    """A case of 20 days is 1.7 million seconds, an order a million euros: both are squared for their intervals."""
    case(world, START, ("solved", START + timedelta(days=20)))
    at = datetime(2026, 5, 5)
    world.add(
        "orders", person_token="ann", ordered_at=at, amount=9_999_999, currency="EUR", status="paid"
    )
    world.build("run", BUILT)
    squares = dict(
        world.query(
            "select kpi_id, sum_of_squares from marts.fct_kpi_daily where dimension = 'all'"
            " and kpi_id in ('revenue', 'time_to_resolution')"
        )
    )
    assert squares == {"revenue": 9_999_999**2, "time_to_resolution": (20 * 86_400) ** 2}


def test_a_claimed_figure_is_no_benchmark(world: World) -> None:
    """Verified figures of a home stand beside those that ship; claimed and unknown ones do not."""
    for metric, status, value in (
        ("nps", "verified", 31), ("nps", "claimed", 90), ("nps", None, 80), ("happiness", "verified", 1)
    ):  # fmt: skip
        world.add(
            "external_figures", metric=metric, status=status, value=value, sector=f"{status}",
            source_name="A yearbook", period="2025",
        )  # fmt: skip
    world.build("run", "+dim_benchmarks")
    own = world.query(
        "select kpi_id, value, made_by from marts.dim_benchmarks where made_by <> 'shipped'"
    )
    assert own == [("nps", 31.0, "shop")]
    shipped = dict(
        world.query(
            "select kpi_id, count(*) from marts.dim_benchmarks where made_by = 'shipped' group by 1"
        )
    )
    assert shipped == {"fcr": 1, "ocr": 1, "survey_fcr": 1, "service_level_80_20": 1, "nps": 2}
