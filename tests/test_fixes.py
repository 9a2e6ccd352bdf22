"""Fixes: before and after by hand, and by a plain recount of random lives."""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conversion_world import Models
from homes import Demo

from cx_pipeline.transform.fixes import Fix, pain_rules

AS_OF = date(2026, 3, 1)
LIVE = date(2026, 2, 1)
FIRST = LIVE - timedelta(days=28)  # of all data
TABLES = {
    "fct_pain_points": "person_id varchar, source varchar, kind varchar, rule varchar,"
    " channel varchar, local_date date, basis varchar default 'behaviour'",
    "fct_sessions": "person_id varchar, source varchar, local_date date, is_converted boolean,"
    " is_bot boolean",
    "fct_contacts": "person_id varchar, source varchar, channel varchar, local_date date,"
    " direction varchar, excluded_reason varchar",
    "fct_orders": "person_id varchar, source varchar, channel varchar, local_date date,"
    " is_void boolean",
    "fct_responses": "person_id varchar, source varchar, channel varchar, kind varchar,"
    " local_date date, score decimal(18,2), scale_min integer, scale_max integer,"
    " is_counted boolean, nps_bucket varchar",
}
DECLARED = [
    {"id": "staff", "kind": "wait", "where": {"rule": ["long_queue"]}, "live": LIVE},
    {"id": "calls", "kind": "wait", "where": {"channel": "call"}, "live": LIVE, "window": "1 week"},
    {"id": "forms", "version": 3, "kind": "hard_interface", "live": LIVE},
    {"id": "late_one", "kind": "wait", "live": LIVE + timedelta(days=1)},
    {"id": "early_one", "kind": "wait", "live": LIVE - timedelta(days=1)},
    {"id": "any_wait", "kind": "wait", "live": LIVE},
    {"id": "quoted", "kind": "wait", "where": {"channel": "o'clock"}, "live": LIVE},
    # nothing is mended: what chance alone shows
    *({"id": f"none_{n}", "kind": "wait", "live": LIVE - timedelta(days=n), "window": "7 days"}
      for n in range(8, 20)),
]  # fmt: skip


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    told = {"fixes": [Fix(**one).model_dump(mode="json") for one in DECLARED]}  # type: ignore[arg-type]
    models = Models(tmp_path_factory.mktemp("fixes"), ("agg_fixes",), AS_OF, told)
    yield models
    models.con.close()


@pytest.fixture
def models(compiled: Models) -> Models:
    for name, columns in TABLES.items():
        compiled.table(f"marts.{name}", columns)
    return compiled


def put(models: Models, table: str, **told: Any) -> None:
    marks = ", ".join("?" * len(told))
    sql = f"insert into marts.{table} ({', '.join(told)}) values ({marks})"
    models.con.execute(sql, list(told.values()))


def contact(models: Models, person: str | None, day: date, **more: Any) -> None:
    told = {"source": "desk", "channel": "call"} | more
    put(models, "fct_contacts", person_id=person, local_date=day, **told)


def hurt(models: Models, person: str, day: date, rule: str = "long_queue", **more: Any) -> None:
    told = {"source": "desk", "channel": "call", "kind": pain_rules()[rule]} | more
    put(models, "fct_pain_points", person_id=person, local_date=day, rule=rule, **told)


def said(models: Models, person: str, day: date, bucket: str) -> None:
    put(
        models, "fct_responses", person_id=person, local_date=day, kind="nps", source="voice",
        is_counted=True, nps_bucket=bucket, channel="email",
    )  # fmt: skip


def told(models: Models, fix: str, measure: str, population: str = "exposed") -> dict[str, Any]:
    found = models.con.execute(
        "select * from marts.agg_fixes where fix_id = ? and measure = ? and population = ?",
        [fix, measure, population],
    )
    names = [column[0] for column in found.description]
    (row,) = found.fetchall()
    return dict(zip(names, row, strict=True))


# ---- by hand ----------------------------------------------------------------------------------


def test_before_and_after_by_hand(models: Models) -> None:
    """Before: 4 calls of 4 persons, 3 waits of 2. After: 5 calls of 3 persons, 1 wait."""
    day = timedelta(days=1)
    before, after = LIVE - day, LIVE
    contact(models, "a", FIRST)
    for person in "bcd":
        contact(models, person, before)
    for person, on in (("a", FIRST), ("a", before), ("b", before)):
        hurt(models, person, on)
    for person in "aabb":
        contact(models, person, after)
    contact(models, "e", AS_OF - day)
    hurt(models, "a", after)
    hurt(models, "b", after, "refunded")  # of another kind: beside the fix
    # not in a window, an excluded contact, one of nobody known, one that we made
    hurt(models, "a", FIRST - day)
    contact(models, "z", before, excluded_reason="test")
    contact(models, None, before)
    contact(models, "z", after, direction="outbound")
    said(models, "a", before, "detractor")  # exposed and touched
    said(models, "d", before, "promoter")  # exposed
    said(models, "z", before, "promoter")  # neither
    said(models, "b", after, "promoter")
    said(models, "a", after, "passive")
    models.build()

    share = told(models, "staff", "affected_share")
    assert (share["before_numerator"], share["before_denominator"]) == (2, 4)
    assert (share["after_numerator"], share["after_denominator"]) == (1, 3)
    assert share["difference"] == pytest.approx(1 / 3 - 2 / 4)
    assert share["comparison_before_value"] == 0
    assert share["comparison_after_value"] == pytest.approx(1 / 3)
    assert share["difference_in_differences"] == pytest.approx(1 / 3 - 2 / 4 - 1 / 3)
    rate = told(models, "staff", "occurrences_per_1000")
    assert (rate["before_value"], rate["after_value"]) == (750, 200)
    assert (rate["comparison_before_value"], rate["comparison_after_value"]) == (0, 200)
    assert (rate["difference"], rate["difference_in_differences"]) == (-550, -750)
    exposed, touched = (told(models, "staff", "nps", one) for one in ("exposed", "touched"))
    assert (exposed["before_value"], exposed["after_value"]) == (0, 50)
    assert (exposed["comparison_before_value"], exposed["comparison_after_value"]) == (100, None)
    assert (touched["before_value"], touched["after_value"]) == (-100, 0)
    assert (touched["comparison_before_value"], touched["comparison_after_value"]) == (100, 100)
    assert touched["difference_in_differences"] == 100
    assert {row["low"] for row in (share, rate, exposed, touched)} == {None}  # too few persons
    for row in (share, exposed):
        assert (row["status"], row["concerns"]) == ("complete", "rule: long_queue")
        assert (row["before_from"], row["after_to"]) == (FIRST, AS_OF - day)
        assert row["data_through"] == AS_OF - day
        assert (row["definition_version"], row["window_days"]) == (1, 28)


def test_who_only_said_that_it_hurt_is_touched_by_nothing(models: Models) -> None:
    """A low answer is no cause of a low answer: it counts among the occurrences alone."""
    for person, basis in (("a", "feedback"), ("b", "behaviour")):
        for on in (FIRST, LIVE, AS_OF - timedelta(days=1)):
            contact(models, person, on)
            rule = "said_slow" if basis == "feedback" else "long_queue"
            hurt(models, person, on, rule, basis=basis)
            said(models, person, on, "detractor")
    models.build()
    fix = "any_wait"
    share = told(models, fix, "affected_share")
    assert (share["before_numerator"], share["after_numerator"]) == (2, 2)
    assert told(models, fix, "occurrences_per_1000")["after_numerator"] == 4
    exposed, touched = (told(models, fix, "nps", one) for one in ("exposed", "touched"))
    assert (exposed["after_person_count"], exposed["comparison_after_person_count"]) == (2, 0)
    assert (touched["after_person_count"], touched["comparison_after_person_count"]) == (1, 1)
    assert (touched["before_person_count"], touched["comparison_before_person_count"]) == (1, 1)


def test_a_window_that_is_not_over_tells_nothing(models: Models) -> None:
    for number in range(28 + 28):
        contact(models, f"p{number % 7}", FIRST + timedelta(days=number))
        hurt(models, f"p{number % 7}", FIRST + timedelta(days=number))
    models.build()
    states = dict(models.rows("select distinct fix_id, status from marts.agg_fixes"))
    assert states["staff"] == states["calls"] == "complete"
    assert states["late_one"] == "pending"  # its last day is as_of
    assert states["early_one"] == "no_history"  # its first day is a day before the data
    assert states["forms"] == "no_history"  # no session
    assert states["quoted"] == "complete"  # and nothing on such a channel
    assert told(models, "quoted", "affected_share")["after_denominator"] == 0
    late, early = (told(models, name, "affected_share") for name in ("late_one", "early_one"))
    assert (late["before_numerator"], late["before_denominator"]) == (7, 7)
    assert (early["after_numerator"], early["after_denominator"]) == (7, 7)
    missing = {"before": early, "after": late}
    for period, row in missing.items():
        for part in ("person_count", "numerator", "denominator", "value"):
            assert row[f"{period}_{part}"] is row[f"comparison_{period}_{part}"] is None
    for row in (late, early):
        assert row["difference"] is row["low"] is row["difference_in_differences"] is None
    # a source that stopped: the windows of what it tells are not over
    models.con.execute("delete from marts.fct_contacts where local_date >= '2026-02-20'")
    models.build()
    assert told(models, "staff", "affected_share")["status"] == "pending"
    assert told(models, "calls", "affected_share")["status"] == "complete"


# ---- by a plain recount -----------------------------------------------------------------------

Row = tuple[str, float, float]  # person, x, n


def _insert(models: Models, table: str, rows: list[Any], columns: str) -> None:
    frame = pd.DataFrame(rows, columns=columns.split(", "))  # one statement: rows alone take long
    models.con.register("told", frame)
    models.con.execute(f"insert into marts.{table} ({columns}) select * from told")
    models.con.unregister("told")


def live_through(models: Models, seed: int, *, effect: float) -> dict[str, list[Any]]:
    """Random lives; with an effect, long queues grow rarer from LIVE on. Written down as they are told."""
    draw = random.Random(seed)
    rows: dict[str, list[Any]] = defaultdict(list)
    for number in range(150):
        person = f"p{number}"
        for _ in range(draw.randrange(1, 14)):
            day = FIRST + timedelta(days=draw.randrange(56))
            channel = draw.choice(["call", "chat"])
            rows["contact"].append((person, day, channel))
            rule = draw.choice(["long_queue", "left_the_queue"])
            is_mended = rule == "long_queue" and day >= LIVE
            if draw.random() < 0.6 - effect * is_mended:
                rows["pain"].append((person, day, channel, rule))
            if draw.random() < 0.2:
                rows["pain"].append((person, day, channel, "handed_over"))
            if draw.random() < 0.5:
                day = FIRST + timedelta(days=draw.randrange(56))
                rows["visit"].append((person, day, draw.random() < 0.3))
    for day in (FIRST, AS_OF - timedelta(days=1)):
        rows["contact"].append(("p0", day, "call"))
    draw.shuffle(rows["contact"])
    _insert(models, "fct_contacts", [(*row, "desk") for row in rows["contact"]],
            "person_id, local_date, channel, source")  # fmt: skip
    _insert(models, "fct_pain_points", [(*row, pain_rules()[row[3]], "desk") for row in rows["pain"]],
            "person_id, local_date, channel, rule, kind, source")  # fmt: skip
    _insert(models, "fct_sessions", [(*row, False, "web") for row in rows["visit"]],
            "person_id, local_date, is_converted, is_bot, source")  # fmt: skip
    return rows


def cells(rows: dict[str, list[Any]], fix: Fix, measure: str, population: str) -> dict[Any, Any]:
    """Per side and period the sums of each person: {(side, period): {person: [x, n]}}."""
    found: dict[Any, dict[str, list[float]]] = {
        (side, period): defaultdict(lambda: [0.0, 0.0])
        for side in ("fix", "comparison") for period in ("before", "after")
    }  # fmt: skip
    met: dict[Any, date] = {}
    for person, day, channel, rule in sorted(pains_and_occasions(rows)):
        if not (now := period_of(fix, day)):
            continue
        is_channel = channel in fix.where.get("channel", (channel,))
        is_mine = is_channel and (
            channel != "web"
            if not rule
            else pain_rules()[rule] == fix.kind and rule in fix.where.get("rule", (rule,))
        )
        if is_mine and (rule or population == "exposed"):
            met.setdefault((person, now), day)
        sides = ["fix"] * is_mine + ["comparison"] * (not rule or not is_mine)
        for side in sides:
            found[side, now][person][0 if rule else 1] += 1
    if measure == "conversion_rate":
        for sums in found.values():
            sums.clear()
        for person, day, bought in rows["visit"]:
            if now := period_of(fix, day):
                side = "fix" if met.get((person, now), date.max) <= day else "comparison"
                found[side, now][person][0] += bought
                found[side, now][person][1] += 1
    if measure == "affected_share":
        for sums in found.values():
            for person, (x, _) in sums.items():
                sums[person] = [float(x > 0), 1.0]
    return found


def pains_and_occasions(rows: dict[str, list[Any]]) -> Iterator[tuple[str, date, str, str]]:
    """Person, day, channel and rule; the rule of an occasion is empty."""
    for person, day, channel in rows["contact"]:
        yield person, day, channel, ""
    for person, day, _ in rows["visit"]:
        yield person, day, "web", ""
    for person, day, channel, rule in rows["pain"]:
        yield person, day, channel, rule


def period_of(fix: Fix, day: date) -> str | None:
    if not fix.before_from <= day <= fix.after_to:
        return None
    return "before" if day < fix.live else "after"


def ratio(sums: dict[str, list[float]], weight: dict[str, float] | None = None) -> float:
    w = weight or {}
    n = sum(w.get(person, 1) * n for person, (_, n) in sums.items())
    return sum(w.get(person, 1) * x for person, (x, _) in sums.items()) / n


def contrast(found: dict[Any, Any], weight: dict[str, float] | None = None) -> tuple[float, float]:
    """The difference, and the difference in differences."""
    value = {cell: ratio(sums, weight) for cell, sums in found.items()}
    own = value["fix", "after"] - value["fix", "before"]
    return own, own - value["comparison", "after"] + value["comparison", "before"]


def widths(found: dict[Any, Any]) -> tuple[float, float]:
    """1.96 standard errors of both: sums over persons of how far each pulls, squared."""
    signs = {("fix", "after"): 1, ("fix", "before"): -1,
             ("comparison", "after"): -1, ("comparison", "before"): 1}  # fmt: skip
    half = []
    for sides in (("fix",), ("fix", "comparison")):
        pulled: dict[str, float] = defaultdict(float)
        for cell, sums in found.items():
            if cell[0] in sides:
                r, total = ratio(sums), sum(n for _, n in sums.values())
                for person, (x, n) in sums.items():
                    pulled[person] += signs[cell] * (x - r * n) / total
        n = len(pulled)
        half.append(1.959964 * sqrt(sum(one * one for one in pulled.values()) * n / (n - 1)))
    return half[0], half[1]


SHOWN = [
    ("affected_share", "exposed", 1), ("occurrences_per_1000", "exposed", 1000),
    ("conversion_rate", "exposed", 1), ("conversion_rate", "touched", 1),
]  # fmt: skip


@pytest.mark.parametrize("name", ["staff", "calls"])
def test_every_figure_equals_a_plain_recount(models: Models, name: str) -> None:
    rows = live_through(models, 5, effect=0.4)
    models.build()
    fix = next(Fix(**one) for one in DECLARED if one["id"] == name)  # type: ignore[arg-type]
    for measure, population, scale in SHOWN:
        found = cells(rows, fix, measure, population)
        row = told(models, name, measure, population)
        for (side, period), sums in found.items():
            at = period if side == "fix" else f"{side}_{period}"
            x, n = (sum(one[part] for one in sums.values()) for part in (0, 1))
            assert (row[f"{at}_numerator"], row[f"{at}_denominator"]) == (x, n), at
            assert row[f"{at}_person_count"] == len(sums)
        own, did = contrast(found)
        own_half, did_half = widths(found)
        assert row["difference"] == pytest.approx(scale * own)
        assert row["difference_in_differences"] == pytest.approx(scale * did)
        assert row["high"] - row["difference"] == pytest.approx(scale * own_half, rel=1e-5)
        assert row["difference"] - row["low"] == pytest.approx(scale * own_half, rel=1e-5)
        half = row["did_high"] - row["difference_in_differences"]
        assert half == pytest.approx(scale * did_half, rel=1e-5)
    planted = told(models, "staff", "occurrences_per_1000")
    assert planted["high"] < 0 and planted["did_high"] < 0  # fewer long queues


def test_the_interval_is_that_of_a_bootstrap_over_persons(models: Models) -> None:
    rows = live_through(models, 6, effect=0.4)
    models.build()
    fix = Fix(**DECLARED[0])  # type: ignore[arg-type]
    draw = np.random.default_rng(2)
    people = sorted({row[0] for row in rows["contact"]})
    for measure, population, scale in SHOWN:
        found = cells(rows, fix, measure, population)
        drawn = [
            contrast(found, dict(zip(people, draw.poisson(1, len(people)).tolist(), strict=True)))
            for _ in range(300)
        ]
        row = told(models, "staff", measure, population)
        for place, (high, middle) in enumerate(
            [("high", "difference"), ("did_high", "difference_in_differences")]
        ):
            half = 1.96 * scale * float(np.std([one[place] for one in drawn], ddof=1))
            assert row[high] - row[middle] == pytest.approx(half, rel=0.2), (measure, high)


def test_where_nothing_was_mended_most_intervals_hold_zero(models: Models) -> None:
    held = []
    for seed in range(4):
        for name in TABLES:
            models.con.execute(f"delete from marts.{name}")
        live_through(models, seed, effect=0)
        models.build()
        held += models.rows(
            "select did_low < 0 and did_high > 0 from marts.agg_fixes where fix_id like 'none_%'"
            " and measure in ('affected_share', 'occurrences_per_1000') and status = 'complete'"
        )
    assert len(held) == 4 * 12 * 2
    assert sum(one[0] for one in held) / len(held) > 0.88


def test_the_order_of_arrival_changes_nothing(models: Models) -> None:
    live_through(models, 7, effect=0.1)
    models.build()
    before = models.rows("select * from marts.agg_fixes order by all")
    for name in TABLES:
        models.con.execute(
            f"create or replace table marts.{name} as from marts.{name} order by random()"
        )
    models.build()
    assert models.rows("select * from marts.agg_fixes order by all") == before


def test_the_rules_that_a_fix_may_name_are_those_of_the_models(tmp_path: Path) -> None:
    models = Models(tmp_path, ("fct_pain_points", "agg_fixes"), AS_OF)
    told = re.findall(r"'(\w+)' as kind,\s+'(\w+)' as rule", models._sql["fct_pain_points"])
    assert {rule: kind for kind, rule in told} == pain_rules() and len(told) > 20
    for name, columns in TABLES.items():
        models.table(f"marts.{name}", columns)
    models.build("agg_fixes")  # and a home that declares none has none
    assert models.rows("select * from marts.agg_fixes") == []
    models.con.close()


def test_the_demo_tells_of_its_fixes(demo: Demo) -> None:
    with demo.marts() as con:
        states = con.execute(
            "select distinct fix_id, status from agg_fixes order by all"
        ).fetchall()
        rate = con.execute(
            "select before_numerator, after_numerator, did_low < 0 and did_high > 0 from agg_fixes"
            " where fix_id = 'parcel_service' and measure = 'occurrences_per_1000'"
        ).fetchone()
        late = con.execute(
            "select count(*) filter (local_date < '2026-05-26'),"
            " count(*) filter (local_date >= '2026-05-26') from fct_pain_points where"
            " rule = 'late_delivery' and local_date between '2026-04-28' and '2026-06-22'"
        ).fetchone()
    assert states == [("form_checks", "pending"), ("parcel_service", "complete")]
    assert rate and late and rate[:2] == late
    assert rate[2]  # nothing was mended in the sample, and nothing is seen
