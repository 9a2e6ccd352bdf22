"""Journeys: as a plain reading of the rules has them, on random lives and on planted ones."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from journey_lives import PERSONS, live, plant
from journey_oracle import CLASSES, Journey, Touch, counted, journeys_of, steps_of
from journey_world import AS_OF, World, dbt_of_worlds, statuses
from planted_journey_faults import JOURNEY_FAULTS


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with dbt_of_worlds(tmp_path_factory.mktemp("journeys")) as dbt:
        yield dbt


@pytest.fixture(scope="module")
def world(dbt: Any) -> World:
    """Random lives, and the planted ones; every blocking check of the journeys has passed."""
    world = World(dbt, dbt.folder / "warehouse.duckdb")
    draw = random.Random(23)
    for number in range(PERSONS):
        live(world, draw, f"p{number}")
    plant(world)
    told = statuses(world.build())
    checks = {name: status for name, status in told.items() if name.startswith("assert_")}
    assert set(checks) >= set(JOURNEY_FAULTS) and set(checks.values()) == {"pass"}
    return world


# ---- against the plain reading -----------------------------------------------------------------

TOUCH = """touchpoint_id, kind, detail, channel, stage, outcome, emotion, reference, occurred_at,
    outcome_at, bounce_count"""


def lives(world: World) -> dict[str, list[Touch]]:
    """Each person's touchpoints in the order of the rules, with what is known of identity."""
    known = {
        touch
        for (touch,) in world.query("""select t.touchpoint_id
        from intermediate.int_touchpoints as t
        inner join marts.fct_sessions as s on t.kind = 'web_session' and t.source_id = s.session_id
        where s.is_logged_in""")
    }
    asked = {
        touch
        for (touch,) in world.query("""select t.touchpoint_id
        from intermediate.int_touchpoints as t
        left join entities.contact_events as e on e.contact_id = t.source_id
        where t.kind = 'contact' and (t.detail = 'identity check' or e.to_value = 'Identity verification')""")
    }
    found: dict[str, list[Touch]] = defaultdict(list)
    for person, *told in world.query(f"select person_id, {TOUCH} from marts.fct_touchpoints"):
        touch = Touch(*told)
        asks, knows = touch.id in asked, touch.id in asked | known
        found[person].append(Touch(*told, asks_identity=asks, knows_identity=knows))
    for touches in found.values():
        touches.sort(key=lambda t: (t.occurred_at, t.kind, t.id))
    return found


@pytest.fixture(scope="module")
def expected(world: World) -> dict[str, list[Journey]]:
    return {person: journeys_of(touches) for person, touches in lives(world).items()}


def test_journeys_are_cut_as_the_rules_say(
    world: World, expected: dict[str, list[Journey]]
) -> None:
    told = world.query("""select journey_id, person_id, journey_trigger, outcome, is_open, is_censored,
        is_broken, path, touch_count, repeat_contact_count, channel_hop_count, team_bounce_count,
        carried_count, lost_count, started_at, ended_at, first_channel, last_stage
        from marts.fct_journeys""")
    by_hand = []
    for person, journeys in expected.items():
        for journey in journeys:
            first, last, loops = journey.touches[0], journey.touches[-1], journey.loops()
            classes, is_open = journey.classes(), journey.is_open(AS_OF)
            by_hand.append((
                first.id, person, journey.trigger, journey.outcome, is_open,
                is_open and journey.outcome == "none", journey.is_broken(AS_OF), journey.path,
                len(journey.touches), loops["repeat_contact"], loops["channel_hop"],
                loops["team_bounce"], classes.count("carried"), classes.count("lost"),
                first.occurred_at, last.occurred_at, first.channel, last.stage,
            ))  # fmt: skip
    assert sorted(told) == sorted(by_hand)
    assert len(told) > 2 * PERSONS
    assert {row[2] for row in told} == {"first_touch", "quiet", "after_outcome"}
    assert {row[3] for row in told} == {"order", "cancellation", "renewal", "solved", "none"}
    for column in (4, 5, 6):
        assert {row[column] for row in told} == {True, False}


def test_every_switch_has_its_class(world: World, expected: dict[str, list[Journey]]) -> None:
    by_hand = {
        touch.id: told
        for journeys in expected.values()
        for journey in journeys
        for touch, told in zip(journey.touches, journey.classes(), strict=True)
    }
    told = dict(world.query("select touchpoint_id, switch_context from marts.fct_touchpoints"))
    assert told == by_hand
    bases = dict(world.query("select switch_basis, count(*) from marts.fct_touchpoints group by 1"))
    assert min(bases[name] for name in ("same_reference", "same_reason", "identity_again")) > 10


def test_places_and_triggers_are_told_on_the_touchpoints(
    world: World, expected: dict[str, list[Journey]]
) -> None:
    by_hand = {
        touch.id: (journey.touches[0].id, place, journey.trigger if place == 1 else None)
        for journeys in expected.values()
        for journey in journeys
        for place, touch in enumerate(journey.touches, start=1)
    }
    told = world.query(
        "select touchpoint_id, journey_id, journey_step, journey_trigger from marts.fct_touchpoints"
    )
    assert {row[0]: row[1:] for row in told} == by_hand


@pytest.mark.parametrize(
    "dimension", ["all", "journey_trigger", "first_channel", "outcome", "last_stage"]
)
def test_journeys_are_counted_by_what_they_are(
    world: World, expected: dict[str, list[Journey]], dimension: str
) -> None:
    journeys = [journey for each in expected.values() for journey in each]
    by_hand = counted(journeys, AS_OF, dimension)
    told = world.query(f"""select dimension_value, journey_count, censored_count, converted_count,
        dropped_count, broken_count, ended_count, all_journey_count, dropped_low, dropped_high,
        all_ended_count from marts.agg_journeys where dimension = '{dimension}'""")
    assert {row[0] for row in told} == set(by_hand)
    for value, *counts, ended, every, low, high, every_ended in told:
        names = ("journeys", "censored", "converted", "dropped", "broken")
        assert counts == [by_hand[value][name] for name in names]
        assert ended == counts[0] - counts[1] and every == len(journeys)
        assert low <= counts[3] / every_ended <= high


def test_loops_are_counted(world: World, expected: dict[str, list[Journey]]) -> None:
    by_hand: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for journeys in expected.values():
        for journey in journeys:
            for name, times in journey.loops().items():
                by_hand[name][0] += times > 0
                by_hand[name][1] += times
    told = world.query("""select dimension_value, journey_count, loop_count from marts.agg_journeys
        where dimension = 'loop'""")
    assert {row[0]: list(row[1:]) for row in told} == by_hand
    assert len(told) == 3 and min(row[1] for row in told) > 5


def test_frequent_paths_and_rare_broken_ones_are_told(
    world: World, expected: dict[str, list[Journey]]
) -> None:
    journeys = [journey for each in expected.values() for journey in each]
    by_hand = counted(journeys, AS_OF, "path")
    told = {
        row[0]: row[1:]
        for row in world.query("""select path, journey_count, converted_count,
        broken_count, is_rare, is_broken, path_count from marts.agg_paths""")
    }
    other = told.pop("other")
    for path, (many, converted, broken, is_rare, is_broken, paths) in told.items():
        count = by_hand[path]
        assert (many, converted, broken) == (count["journeys"], count["converted"], count["broken"])
        assert is_rare == (100 * many < len(journeys))
        assert is_broken == (broken > 0 and 2 * broken >= many - count["censored"])
        assert paths == 1
    assert other[0] + sum(row[0] for row in told.values()) == len(journeys)
    assert other[5] + len(told) == len(by_hand) > 150
    frequent = sorted(by_hand, key=lambda path: (-by_hand[path]["journeys"], path))[:100]
    assert set(frequent) <= set(told)
    assert all(told[path][3] and told[path][4] for path in set(told) - set(frequent))
    assert any(told[path][3] and told[path][4] for path in told)


def test_steps_of_segments_are_those_of_their_day(world: World) -> None:
    """The segment as of the day of the step, asked of the memberships one by one."""
    segments = defaultdict(list)
    for person, scheme, segment, start, end in world.query(
        "select person_id, scheme, segment, valid_from, valid_to from marts.fct_segment_membership"
    ):
        segments[person, scheme].append((start, end, segment))
    by_hand: Counter[tuple[str, ...]] = Counter()
    for person, touches in lives(world).items():
        for scheme in ("rfm", "value"):
            before = ("start", "start")
            for touch in [*touches, None]:
                day = (touch or touches[-1]).occurred_at.date()
                segment = next(
                    (s for start, end, s in segments[person, scheme]
                     if start <= day and (end is None or day < end)), "unknown",
                )  # fmt: skip
                after = (touch.stage, touch.channel) if touch else ("end", "end")
                by_hand[(scheme, segment, *before, *after)] += 1
                before = after
    told = world.query("""select scheme, segment, from_stage, from_channel, to_stage, to_channel,
        transition_count, from_count, low, high from marts.agg_segment_transitions""")
    assert {row[:6]: row[6] for row in told} == by_hand
    assert len({row[1] for row in told}) > 4
    assert all(low - 1e-9 <= n / total <= high + 1e-9 for *_, n, total, low, high in told)


def test_the_preferred_channel_says_why(world: World) -> None:
    told = world.query("select * from marts.dim_channel_preferences")
    assert len(told) > PERSONS / 2
    people = dict(
        world.query("""select t.token, p.preferred_channel || '/' || p.basis || '/' || p.used_count
        || '/' || p.touch_count from marts.dim_channel_preferences as p
        inner join intermediate.int_person_tokens as t on t.person_id = p.person_id""")
    )
    assert people["states"] == "post/stated/0/1"
    assert people["observed"] == "chat/observed/1/1"
    assert people["uses"] == "chat/most_used/2/4"
    assert people["ties"] == "web/most_used/1/2"
    assert "silent" not in people


def test_cases_spend_their_lives_in_their_states(world: World) -> None:
    """Each case by hand, summed by type and state; seconds, cases, entries, rework, touches, open."""
    events = defaultdict(list)
    for case, *event in world.query("""select contact_id, occurred_at, source_id, kind, to_value
        from entities.contact_events"""):
        events[case].append(tuple(event))
    by_hand: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case, reason, opened in world.query(
        "select source_id, coalesce(reason, 'unknown'), opened_at from entities.contacts"
    ):
        for state, step in steps_of(opened, events[case], AS_OF).items():
            by_hand[reason, state].update(step)
            by_hand[reason, state]["cases"] += 1
    told = world.query("""select case_type, state, state_class, case_count, entry_count, rework_count,
        touch_count, open_count, total_seconds, waiting_seconds, working_seconds
        from marts.agg_process_step""")
    names = ("cases", "entries", "rework", "touches", "open", "seconds")
    assert {row[:2]: row[3:9] for row in told} == {
        key: tuple(step[name] for name in names) for key, step in by_hand.items()
    }
    for _, state, told_class, *_, total, waiting, working in told:
        assert told_class == CLASSES.get(state, "working")
        parts = {"waiting": (total, 0), "working": (0, total), "done": (0, 0)}
        assert (waiting, working) == parts[told_class]
    assert len(told) > 20 and sum(row[5] for row in told) > 50


# ---- planted lives -------------------------------------------------------------------------------


def test_what_follows_at_once_belongs_to_the_journey(world: World) -> None:
    assert world.journeys("buyer", "journey_trigger, outcome, touch_count") == [
        ("first_touch", "order", 3),
        ("after_outcome", "none", 1),
    ]


def test_context_is_carried_lost_or_not_applicable(world: World) -> None:
    assert world.touches("torn", "switch_context, switch_basis") == [
        (None, None),
        ("carried", "same_reference"),
        ("lost", "same_reason"),
        ("not_applicable", "no_case"),
    ]
    assert world.touches("asked", "switch_context, switch_basis") == [
        (None, None),
        ("not_applicable", "no_case"),
        ("lost", "identity_again"),
    ]
