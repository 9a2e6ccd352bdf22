"""Funnels: PostHog's vectors, random histories read event by event, and each mistake in the file."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conversion_world import Models
from homes import Demo, Home
from small_home import small_home

from cx_pipeline.backup.restore import restore
from cx_pipeline.backup.take import take
from cx_pipeline.contracts import ContractError
from cx_pipeline.privacy import acts
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.settings import Settings
from cx_pipeline.transform.funnels import SHIPPED, Funnel, load_funnels, read_funnels

AS_OF = date(2026, 3, 1)
START = datetime(2026, 1, 30)
NAMES = ("int_funnel_progress", "agg_funnels", "agg_funnel_exclusions")
WINDOW = 3600


def funnel(name: str, **told: Any) -> dict[str, Any]:
    """One as run_vars gives it."""
    steps = told.pop("steps", ("a", "b", "c"))
    declared = {
        "id": name,
        "window": "1 hour",
        "steps": [_step(letter, place) for place, letter in enumerate(steps)],
        **told,
    }
    return Funnel(**declared).model_dump(mode="json")


def _step(letters: str, place: int) -> dict[str, Any]:
    return {"name": f"s{place}", "kind": "order", "where": {"detail": list(letters)}}


OUT = [
    {"name": "gone", "kind": "message", "where": {"detail": ["x"]}},
    {"name": "called", "kind": "message", "where": {"detail": "*"}},
]
REPEATED = {("unordered", "first"): ("a", "b", "d")} | {
    (order, "every"): ("a", "b", "b") for order in ("ordered", "strict")
}
# Every way to read a funnel, also with steps that overlap and with one that repeats.
READINGS = {
    f"{order}_{re_entry}_{shape}": funnel(
        f"{order}_{re_entry}_{shape}", order=order, re_entry=re_entry, steps=steps, exclude=out
    )
    for order, re_entry in (
        ("ordered", "first"),
        ("ordered", "every"),
        ("strict", "first"),
        ("strict", "every"),
        ("unordered", "first"),
    )
    for shape, steps, out in (
        ("plain", ("a", "b", "c"), []),
        ("out", ("a", "b", "c"), OUT),
        ("overlap", ("a", "ab", "c"), OUT[:1]),
        ("repeat", REPEATED.get((order, re_entry), ("a", "b", "a")), []),
    )
}
VECTORS = {
    name: funnel(name, window=window, steps=("a", "b"))
    for name, window in (("fortnight", "14 days"), ("minutes", "5 minutes"))
}
BY_SESSION = {
    "id": "by_session",
    "unit": "session",
    "window": "1 day",
    "steps": [
        {"name": "visit", "kind": "web_session", "where": {"channel": "email"}},
        {"name": "view", "kind": "web_event", "where": {"event_name": "view_item"}},
        {"name": "buy", "kind": "web_event", "where": {"event_name": "purchase"}},
    ],
}
BY_CASE = {
    "id": "by_case",
    "unit": "contact",
    "window": "1 day",
    "steps": [
        {"name": "contact", "kind": "contact", "where": {"reason": ["o'clock", "billing"]}},
        {"name": "solved", "kind": "contact_event", "where": {"kind": "solved"}},
    ],
}


class Happened(NamedTuple):
    person: str
    id: str
    kind: str
    detail: str
    at: datetime

    @property
    def row(self) -> tuple[Any, ...]:
        return (self.id, self.person, "shop", self.kind, self.detail, "web", "use", self.at)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    told = [*READINGS.values(), *VECTORS.values()]
    told += [Funnel(**one).model_dump(mode="json") for one in (BY_SESSION, BY_CASE)]
    models = Models(tmp_path_factory.mktemp("funnels"), NAMES, AS_OF, {"funnels": told})
    models.table(
        "marts.fct_sessions",
        "session_id varchar, person_id varchar, source varchar, channel varchar,"
        "started_at timestamp, is_bot boolean",
    )
    models.table(
        "intermediate.int_sessions",
        "session_id varchar, source varchar, visitor_token varchar, started_at timestamp",
    )
    models.table(
        "entities.web_events",
        "source varchar, source_id varchar, visitor_token varchar, login_token varchar,"
        "occurred_at timestamp, event_name varchar",
    )
    models.table(
        "marts.fct_contacts",
        "contact_id varchar, person_id varchar, source varchar, reason varchar,"
        "excluded_reason varchar, opened_at timestamp",
    )
    models.table(
        "entities.contact_events",
        "source varchar, source_id varchar, contact_id varchar, occurred_at timestamp, kind varchar",
    )
    yield models
    models.con.close()


def happen(models: Models, told: Sequence[Happened]) -> None:
    models.table(
        "marts.fct_touchpoints",
        "touchpoint_id varchar, person_id varchar, source varchar, kind varchar, detail varchar,"
        "channel varchar, stage varchar, occurred_at timestamp",
        [one.row for one in told],
    )
    models.build()


# ---- the vectors of KPIS.md -------------------------------------------------------------------


def test_posthogs_vectors(models: Models) -> None:
    """Three enter; within 14 days two are through, after 300 and 900 s; within 5 minutes one is."""
    told = [Happened(person, f"{person}a", "order", "a", START) for person in ("p1", "p2", "p3")]
    for person, seconds in (("p1", 300), ("p2", 900), ("p3", 15 * 86400)):
        told.append(
            Happened(person, f"{person}b", "order", "b", START + timedelta(seconds=seconds))
        )
    happen(models, told)
    found = models.rows(
        """select funnel_id, entered_count, reached_count, mean_seconds, median_seconds,
            dropped_count, total_seconds, pending_count
        from marts.agg_funnels
        where period = 'all' and step_number = 2 and funnel_id in ('fortnight', 'minutes')
        order by funnel_id"""
    )
    assert found == [
        ("fortnight", 3, 2, 600.0, 600.0, 1, 1200, 0),
        ("minutes", 3, 1, 300.0, 300.0, 2, 300, 0),
    ]


# ---- random histories -------------------------------------------------------------------------


def history(draw: random.Random, person: str) -> list[Happened]:
    """A few things at distances where windows and ties turn; some at the end of the world."""
    at = START + timedelta(seconds=draw.choice([0, 0, 0, 86_400 * 2, 86_400 * 30 - 3000]))
    found = []
    for number in range(draw.randrange(1, 14)):
        letter = draw.choice("aabbccdxy")
        kind = "message" if letter in "xy" else "order"
        found.append(Happened(person, f"{person}-{number}", kind, letter, at))
        at += timedelta(seconds=draw.choice([0, 0, 1, 60, 600, 1799, 1800, 3599, 3600, 3601]))
    return [one for one in found if one.at < datetime(2026, 3, 1)]


class Reached(NamedTuple):
    attempt: int
    step: int
    seconds: int
    is_open: bool
    reason: str | None


def read(told: dict[str, Any], events: Sequence[Happened]) -> list[Reached]:
    """One person's attempts by a plain reading: a walk over the events, no table."""

    def matches(step: dict[str, Any], event: Happened) -> bool:
        values = step["where"]["detail"]
        return event.kind == step["kind"] and ("*" in values or event.detail in values)

    steps, unordered = told["steps"], told["order"] == "unordered"
    marked = []
    for event in events:
        which = {number for number, step in enumerate(steps, 1) if matches(step, event)}
        out = [step["name"] for step in told["exclude"] if matches(step, event)]
        if which or out:
            marked.append((event.at, min(which, default=0), event.kind, event.id, which, out))
    marked.sort(key=lambda one: one[:4])
    entries = [place for place, one in enumerate(marked) if (one[4] if unordered else 1 in one[4])]
    if told["re_entry"] == "first":
        entries = entries[:1]
    found = []
    for number, place in enumerate(entries, 1):
        entered = marked[place][0]
        ends = entered + timedelta(seconds=told["window"])
        until = entries[number] if number < len(entries) else len(marked)
        inside = [one for one in marked[place:until] if one[0] <= ends]
        times = _in_any_order(inside) if unordered else _in_order(told, inside)
        done = times[-1] if len(times) == len(steps) else None
        reasons = [
            entry["name"]
            for entry in told["exclude"]
            if any(
                entry["name"] in one[5] and entered < one[0] and (done is None or one[0] < done)
                for one in inside
            )
        ]
        is_open = ends >= datetime(2026, 3, 1) and number == len(entries)
        found += [
            Reached(
                number, step, int((at - entered).total_seconds()), is_open, (reasons or [None])[0]
            )
            for step, at in enumerate(times, 1)
        ]
    return found


def _in_order(told: dict[str, Any], inside: Sequence[Any]) -> list[datetime]:
    times, wanted = [inside[0][0]], 2
    for at, _, _, _, which, _ in inside[1:]:
        if wanted > len(told["steps"]):
            break
        if wanted in which:
            times.append(at)
            wanted += 1
        elif told["order"] == "strict" and which and wanted - 1 not in which:
            break
    return times


def _in_any_order(inside: Sequence[Any]) -> list[datetime]:
    first: dict[int, datetime] = {}
    for at, _, _, _, which, _ in inside:
        for step in which:
            first.setdefault(step, at)
    return sorted(first.values())


@pytest.fixture(scope="module")
def people() -> dict[str, list[Happened]]:
    return {f"p{seed:04d}": history(random.Random(seed), f"p{seed:04d}") for seed in range(400)}


def progress(models: Models) -> list[tuple[Any, ...]]:
    return sorted(
        models.rows(
            "select funnel_id, unit_id, attempt, step_number, seconds, is_open, excluded_reason"
            " from intermediate.int_funnel_progress where unit_id is not null"
        ),
        key=str,
    )


def test_every_reading_equals_a_walk_over_the_events(
    models: Models, people: dict[str, list[Happened]]
) -> None:
    happen(models, [one for events in people.values() for one in events])
    found: dict[str, list[Any]] = defaultdict(list)
    for name, *rest in progress(models):
        found[name].append(tuple(rest))
    for name, told in READINGS.items():
        expected = [
            (person, *one) for person, events in people.items() for one in read(told, events)
        ]
        assert sorted(found[name], key=str) == sorted(expected, key=str), name
        steps = {one[2] for one in expected}
        assert steps == {1, 2, 3}, f"{name} never reached its last step: the test is too weak"
        if told["exclude"]:
            assert {one[5] for one in expected} == {
                None, *(entry["name"] for entry in told["exclude"])
            }  # fmt: skip
        assert {one[4] for one in expected} == {True, False}


def test_what_is_counted_is_what_was_read(
    models: Models, people: dict[str, list[Happened]]
) -> None:
    happen(models, [one for events in people.values() for one in events])
    for name, told in READINGS.items():
        by_period: dict[tuple[str, int], list[Reached]] = defaultdict(list)
        out: dict[tuple[str, str], int] = defaultdict(int)
        for events in people.values():
            for one in read(told, events):
                for period in ("all", _month(told, events, one.attempt)):
                    if one.reason is None:
                        by_period[period, one.step].append(one)
                    elif one.step == 1:
                        out[period, one.reason] += 1
        counted = models.rows(
            f"""select period, step_number, entered_count, reached_count, pending_count,
                total_seconds, excluded_count, conversion
            from marts.agg_funnels where funnel_id = '{name}'"""
        )
        assert {row[0] for row in counted} == {"all", "2026-01", "2026-02"}
        for period, step, entered, reached, pending, total, excluded, conversion in counted:
            here, first = by_period[period, step], by_period[period, 1]
            assert (entered, reached) == (len(first), len(here))
            assert total == sum(one.seconds for one in here)
            assert pending == sum(one.is_open for one in first) - sum(one.is_open for one in here)
            assert excluded == sum(n for (month, _), n in out.items() if month == period)
            assert conversion == pytest.approx(reached / entered)
        reasons = models.rows(
            "select period, reason, excluded_count from marts.agg_funnel_exclusions"
            f" where funnel_id = '{name}'"
        )
        assert {row[:2]: row[2] for row in reasons} == dict(out)


def _month(told: dict[str, Any], events: Sequence[Happened], attempt: int) -> str:
    """Of the n-th entry."""
    values = {
        value
        for step in (told["steps"] if told["order"] == "unordered" else told["steps"][:1])
        for value in step["where"]["detail"]
    }
    entries = sorted(one.at for one in events if one.kind == "order" and one.detail in values)
    return f"{entries[attempt - 1]:%Y-%m}"


def test_the_order_of_arrival_changes_nothing(
    models: Models, people: dict[str, list[Happened]]
) -> None:
    told = [one for events in people.values() for one in events]
    happen(models, told)
    before = progress(models)
    random.Random(5).shuffle(told)
    happen(models, told)
    assert progress(models) == before


# ---- sessions, contacts, nobody ---------------------------------------------------------------


def test_a_web_event_counts_for_its_own_session(models: Models) -> None:
    """Two sessions of one visitor that meet in one instant, a robot's, and one of nobody known."""
    sessions = [
        ("one", "p1", "c1", 0, "email", False),
        ("two", "p1", "c1", 50, "email", False),
        ("robot", "p2", "c2", 0, "email", True),
        ("nobody", None, "c3", 0, "email", False),
        ("direct", "p1", "c1", 5000, "direct", False),
    ]
    events = [
        ("c1", 10, "view_item"),
        ("c1", 50, "purchase"),  # of the second session, which began in that instant
        ("c1", 60, "view_item"),
        ("c1", 70, "purchase"),
        ("c2", 1, "view_item"),
        ("c3", 1, "view_item"),
        ("c1", 5001, "view_item"),
    ]
    when = [START + timedelta(seconds=second) for *_, second, _, _ in sessions]
    models.con.execute("delete from marts.fct_sessions; delete from intermediate.int_sessions")
    for (name, person, visitor, _, channel, is_bot), at in zip(sessions, when, strict=True):
        models.con.execute(
            "insert into marts.fct_sessions values (?, ?, 'web', ?, ?, ?)",
            [name, person, channel, at, is_bot],
        )
        models.con.execute(
            "insert into intermediate.int_sessions values (?, 'web', ?, ?)", [name, visitor, at]
        )
    models.con.execute("delete from entities.web_events")
    for number, (visitor, second, name) in enumerate(events):
        models.con.execute(
            "insert into entities.web_events values ('web', ?, ?, null, ?, ?)",
            [str(number), visitor, START + timedelta(seconds=second), name],
        )
    happen(models, [])
    found = models.rows(
        """select unit_id, step_number, seconds from intermediate.int_funnel_progress
        where funnel_id = 'by_session' order by unit_id, step_number"""
    )
    # fmt: off
    assert found == [
        ("nobody", 1, 0), ("nobody", 2, 1),
        ("one", 1, 0), ("one", 2, 10),
        ("two", 1, 0), ("two", 2, 10), ("two", 3, 20),
    ]
    # fmt: on


def test_a_case_is_solved_by_its_own_events(models: Models) -> None:
    contacts = [
        ("crm/1", "p1", "crm", "o'clock", None, START),
        ("crm/2", "p1", "crm", "billing", None, START),
        ("crm/3", None, "crm", "billing", "test", START),
        ("crm/4", "p1", "crm", "login", None, START),
    ]
    models.con.executemany("insert into marts.fct_contacts values (?, ?, ?, ?, ?, ?)", contacts)
    for number, (contact, hours) in enumerate([("1", 1), ("2", 25), ("3", 1), ("4", 1)]):
        models.con.execute(
            "insert into entities.contact_events values ('crm', ?, ?, ?, 'solved')",
            [str(number), contact, START + timedelta(hours=hours)],
        )
    happen(models, [])
    assert models.rows(
        """select entered_count, reached_count, total_seconds from marts.agg_funnels
        where funnel_id = 'by_case' and period = 'all' order by step_number"""
    ) == [(2, 2, 0), (2, 1, 3600)]


def test_entries_of_nobody_are_told_with_their_reason(demo: Demo) -> None:
    """On the demo: shared cookies; and each funnel of the shipped file has its rows."""
    with demo.marts() as con:
        steps = con.execute(
            """select funnel_id, step_name, entered_count, reached_count from agg_funnels
            where period = 'all' order by funnel_id, step_number"""
        ).fetchall()
        unknown = con.execute(
            "select excluded_count from agg_funnel_exclusions"
            " where reason = 'unknown_person' and period = 'all'"
        ).fetchall()
        sessions = con.execute(
            "select count(distinct person_id), count(*) filter (person_id is null)"
            " from fct_sessions where not is_bot"
        ).fetchone()
    names = [(one.id, step.name) for one in read_funnels(SHIPPED) for step in one.steps]
    assert sorted({row[0] for row in steps}) == sorted({name for name, _ in names})
    assert sorted(row[:2] for row in steps) == sorted(names)
    entered = {row[0]: row[2] for row in steps}
    assert sessions == (entered["web_purchase"], unknown[0][0])
    assert all(row[3] > 0 for row in steps)


# ---- the file ---------------------------------------------------------------------------------

GOOD = """funnels:
  - id: trial
    window: 14 days
    steps:
      - {name: visit, kind: web_session}
      - {name: order, kind: order, where: {channel: [web, app]}}
"""
MISTAKES = [
    ("kind: order,", "kind: purchase,", "'purchase' is no kind of step; kinds: web_session"),
    ("      - {name: visit, kind: web_session}\n", "", "needs 2 to 20 steps and has 1"),
    ("14 days", "-3 days", "'-3 days' is no span such as '30 minutes' or '14 days'"),
    ("14 days", "0 days", "'0 days' is no span"),
    ("14 days", "11 years", "'11 years' is no span"),
    ("14 days", "14", "14 is no span"),
    ("name: order,", "name: visit,", "the name 'visit' stands twice"),
    ("{channel: [web, app]}", "{colour: red}", "order has no column 'colour'; columns: source"),
    ("{channel: [web, app]}", "{channel: []}", "channel needs at least one value"),
    ("{channel: [web, app]}", "web", "needs columns and their values"),
    ("id: trial", "id: My Funnel", "'My Funnel' is no name of small letters"),
    ("id: trial", "id: trial\n    unit: household", "unit: "),
    ("id: trial", "id: trial\n    order: loose", "order: "),
    (
        "id: trial",
        "id: trial\n    unit: session",
        "order: a step of kind order belongs to no session",
    ),
    ("id: trial", "id: trial\n    windows: 3", "unknown key windows"),
    ("id: trial", "id: trial\n    order: unordered\n    re_entry: every", "re_entry: every needs"),
    ("id: trial", "id: trial\n    version: 0", "version: "),
    ("funnels:", "funnel:", "needs one list under funnels and no more"),
    ("funnels:\n", "funnels:\n  - web\n", "entry 1 under funnels is no funnel"),
    ("funnels:", "funnels: [", "not valid YAML"),
    ("    window: 14 days\n", "", "window: "),
]


@pytest.mark.parametrize(("what", "by", "said"), MISTAKES, ids=lambda one: str(one)[:24])
def test_a_mistake_is_told_in_one_sentence(tmp_path: Path, what: str, by: str, said: str) -> None:
    file = tmp_path / "funnels.yml"
    assert what in GOOD
    file.write_text(GOOD.replace(what, by, 1))
    with pytest.raises(ContractError) as refused:
        load_funnels(Settings(home=tmp_path))
    assert said in str(refused.value)
    assert str(file) in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_two_of_one_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "funnels.yml").write_text(GOOD + GOOD.removeprefix("funnels:\n"))
    with pytest.raises(ContractError, match="funnel trial: there are two of this id"):
        load_funnels(Settings(home=tmp_path))


def test_equal_steps_are_refused_where_the_second_cannot_be_reached() -> None:
    with pytest.raises(ValueError, match="are the same"):
        funnel("twice", order="unordered", steps=("a", "a"))
    with pytest.raises(ValueError, match="s2 equals the first step"):
        funnel("again", re_entry="every", steps=("a", "b", "a"))


def test_the_homes_own_file_replaces_the_shipped_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert {one.id for one in load_funnels(settings)} == {"web_purchase", "case_solved"}
    (tmp_path / "funnels.yml").write_text(GOOD)
    (own,) = load_funnels(settings)
    assert (own.id, own.window, own.steps[1].where) == (
        "trial", 14 * 86400, {"channel": ("web", "app")},
    )  # fmt: skip
    (tmp_path / "funnels.yml").write_text("funnels: []")
    assert load_funnels(settings) == ()


def test_a_home_with_a_bad_file_says_so_before_it_lands_anything(
    new_home: Callable[..., Home],
) -> None:
    home = new_home()
    (home.path / "funnels.yml").write_text(GOOD.replace("14 days", "soon"))
    ran = home.cx("run", "--as-of", "2026-07-10", expect=2)
    assert "funnel trial: window: 'soon' is no span" in ran.err + ran.out


def test_the_file_is_backed_up_and_its_changes_are_in_the_audit_chain(tmp_path: Path) -> None:
    shop = small_home(tmp_path)
    settings = shop.settings
    (settings.home / "cx.toml").write_text(
        f'sources = ["shop"]\npack_paths = ["{tmp_path / "packs"}"]\n'
    )
    shop.land()
    acts.configured(settings, [])
    settings.funnels_file.write_text(GOOD)
    acts.configured(settings, [])
    acts.configured(settings, [])
    told = [act.detail for act in Audit(settings.audit_file).acts(["configuration"])]
    assert [one["changed"] for one in told] == ["all: the first run", "funnels.yml"]
    take(settings, tmp_path / "kept")
    restore(tmp_path / "kept", tmp_path / "new", key_file=settings.token_key_file)
    assert (tmp_path / "new" / "funnels.yml").read_text() == GOOD


def test_without_funnels_the_marts_are_empty(tmp_path: Path) -> None:
    models = Models(tmp_path, NAMES, AS_OF, {"funnels": []})
    models.build()
    assert models.rows("select * from marts.agg_funnels") == []
    assert models.rows("select * from marts.agg_funnel_exclusions") == []
    models.con.close()
