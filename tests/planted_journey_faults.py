"""What is planted to make each blocking check of touchpoints, journeys and processes fail."""

from planting import changed, doubled, lost

TOUCHPOINTS, JOURNEYS = "marts.fct_touchpoints", "marts.fct_journeys"
COUNTS, PATHS = "marts.agg_journeys", "marts.agg_paths"
SWITCHES, STEPS = "marts.agg_channel_switches", "marts.agg_process_step"
TRANSITIONS = "marts.agg_segment_transitions"
EVENTS = "entities.contact_events"


_IN_A_DIMENSION = "dimension = 'last_stage' and ended_count > 0"

# Each fault alone has to make its test fail.
JOURNEY_FAULTS: dict[str, tuple[str, ...]] = {
    "assert_journeys_hold_every_touchpoint": (
        *(lost(table) for table in (TOUCHPOINTS, JOURNEYS)),
        doubled(TOUCHPOINTS),
        *(
            changed(JOURNEYS, f"{n}_count = {n}_count + 1")
            for n in (
                "touch",
                "contact",
                "repeat_contact",
                "channel_hop",
                "team_bounce",
                "effort",
            )
        ),
        changed(JOURNEYS, "person_id = 'other'"),
        changed(JOURNEYS, "started_at = started_at + interval 1 second"),
        changed(JOURNEYS, "ended_at = null"),
        changed(JOURNEYS, "outcome = 'none'", "outcome <> 'none'"),
        changed(JOURNEYS, "is_censored = true", "not is_open"),
        changed(TOUCHPOINTS, "person_id = 'other'", "journey_step > 1"),
        changed(TOUCHPOINTS, "journey_id = 'other'"),
        changed(TOUCHPOINTS, "journey_step = journey_step + 1"),
        changed(TOUCHPOINTS, "effort_count = null", "effort_count > 0"),
    ),
    "assert_every_switch_is_classed": (
        *(
            changed(SWITCHES, f"{n}_count = {n}_count + 1")
            for n in ("switch", "carried", "lost", "not_applicable")
        ),
        changed(SWITCHES, "lost_count = null"),
        changed(SWITCHES, "identity_again_count = lost_count + 1"),
        changed(SWITCHES, "carried_count = carried_count + 1, lost_count = lost_count - 1"),
        lost(SWITCHES),
        doubled(SWITCHES, other="'other' as to_channel"),
        changed(TOUCHPOINTS, "switch_context = null", "switch_context = 'lost'"),
        changed(TOUCHPOINTS, "switch_context = 'carried'", "switch_context = 'lost'"),
        changed(TOUCHPOINTS, "switch_basis = 'no_case'", "switch_context = 'lost'"),
        changed(TOUCHPOINTS, "switch_context = 'lost'", "switch_context is null"),
        changed(JOURNEYS, "switch_count = switch_count + 1"),
        changed(JOURNEYS, "lost_count = lost_count + 1"),
    ),
    "assert_journeys_sum_to_all": (
        *(
            changed(COUNTS, f"{n}_count = {n}_count + 1", _IN_A_DIMENSION)
            for n in ("journey", "censored", "ended", "converted", "dropped", "broken")
        ),
        *(changed(COUNTS, f"all_{n}_count = 0", _IN_A_DIMENSION) for n in ("journey", "ended")),
        *(
            changed(PATHS, f"{n}_count = {n}_count + 1")
            for n in ("journey", "censored", "ended", "converted", "broken")
        ),
        changed(COUNTS, "loop_count = loop_count + 1", "dimension = 'loop'"),
        changed(COUNTS, "journey_count = null", "dimension = 'loop'"),
        changed(COUNTS, "dimension = 'other'", "dimension = 'outcome'"),
        lost(COUNTS, "dimension = 'loop'"),
        lost(COUNTS, "dimension = 'all'"),
        f"delete from {COUNTS} where dimension = 'outcome'",
        f"delete from {PATHS}",
        lost(PATHS),
        lost(JOURNEYS),
        doubled(JOURNEYS),
    ),
    "assert_segment_transitions_sum_to_all": (
        *(
            changed(TRANSITIONS, f"{n} = {n} + 1")
            for n in ("transition_count", "from_count", "timed_count", "total_seconds")
        ),
        changed(TRANSITIONS, "transition_count = null"),
        changed(TRANSITIONS, "scheme = 'other'"),
        lost(TRANSITIONS),
        doubled(TRANSITIONS, other="'other' as segment"),
        f"delete from {TRANSITIONS} where scheme = 'rfm'",
    ),
    "assert_process_steps_sum_to_lives": (
        *(
            changed(STEPS, f"{n} = {n} + 1")
            for n in (
                "case_count",
                "all_case_count",
                "entry_count",
                "rework_count",
                "touch_count",
                "total_seconds",
                "waiting_seconds",
                "working_seconds",
                "life_seconds",
            )
        ),
        changed(STEPS, "open_count = case_count + 1"),
        changed(STEPS, "total_seconds = null"),
        changed(STEPS, "case_type = 'other'"),
        lost(STEPS),
        doubled(STEPS, other="'other' as state"),
        lost(EVENTS, "kind = 'solved'"),
        lost(EVENTS, "kind = 'reply_public'"),
        changed(EVENTS, "occurred_at = occurred_at + interval 1 second", "kind = 'solved'"),
    ),
}

# The rule of each mart that is broken, and how.
JOURNEY_MART_FAULTS: dict[str, tuple[str, ...]] = {
    "agg_channel_switches": ("lost_count not negative", "lost_count = -1"),
    "agg_journeys": ("loop_count not negative", "loop_count = -1"),
    "agg_paths": ("path is never null", "path = null"),
    "agg_process_step": ("rework_count not negative", "rework_count = -1"),
    "agg_segment_transitions": ("segment is never null", "segment = null"),
    "dim_channel_preferences": ("used_count not negative", "used_count = -1"),
    "dim_stage_rules": ("rule_number is never null", "rule_number = null"),
    "fct_journeys": ("journey_id is never null", "journey_id = null"),
}
