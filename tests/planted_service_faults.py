"""What is planted to make the checks of contacts, cases and channels fail."""

from homes import AS_OF
from planting import changed, lost

CONTACTS, PROMISES = "marts.fct_contacts", "marts.fct_sla_events"
KPIS = "marts.fct_kpi_daily"
_ALL_OF = "dimension = 'all' and kpi_id"
CASE_TIMES, CASE_SPANS = "marts.fct_case_times", "marts.agg_case_times"
RESOLUTIONS, BACKLOG = "marts.fct_resolutions", "marts.agg_case_backlog"
SELF_SERVICE, ACCESS = "marts.fct_self_service", "marts.agg_channel_access"
LOAD = "marts.agg_channel_load"
AGENTS, CONSISTENCY = "marts.agg_agents", "marts.agg_channel_consistency"
TECHNIQUE = "marts.agg_technical_quality"
_JUDGED = "excluded_reason is null"
_FIRST_VISIT = (
    "(person_id, started_at) in (select person_id, min(started_at)"
    f" from {SELF_SERVICE} where person_id is not null group by person_id)"
)
_LAST_DAY = f"dimension = 'all' and date = (select max(date) from {BACKLOG})"
_DONE = "measure = 'first_resolution' and state = 'done'"
_QUEUE = "policy = 'service_level_80_20' and state"

# Each fault alone has to make its test fail.
SERVICE_ROW_FAULTS: dict[str, tuple[str, ...]] = {
    "assert_queue_outcomes_add_up": (
        changed(CONTACTS, "has_queue = false", "has_queue"),
        changed(CONTACTS, "queue_outcome = 'other'", "has_queue and excluded_reason is not null"),
        changed(CONTACTS, "is_offered = false", "is_offered"),
        changed(CONTACTS, "is_abandoned = true", "is_answered"),
        changed(CONTACTS, "is_answered = false, is_offered = false", "is_answered"),
        changed(CONTACTS, "is_short_abandon = true", "is_answered"),
        changed(CONTACTS, "excluded_reason = 'test'", "is_abandoned"),
        *(
            changed(CONTACTS, f"{name} = null")
            for name in (
                "has_queue",
                "is_offered",
                "is_answered",
                "is_abandoned",
                "is_short_abandon",
            )
        ),
        changed(CONTACTS, "wait_seconds = -1"),
        changed(CONTACTS, "handle_seconds = -1"),
    ),
    "assert_case_times_agree": (
        lost(CASE_TIMES, "measure = 'first_response'"),
        lost(CASE_TIMES, "measure = 'full_resolution'"),
        changed(
            CASE_TIMES, "business_seconds = calendar_seconds + 1, no_business_reason = null", _DONE
        ),
        changed(CASE_TIMES, "no_business_reason = null", _DONE),
        changed(CASE_TIMES, "ended_at = null", _DONE),
        changed(CASE_TIMES, "is_overtaken = true", "is_overtaken is null"),
        changed(CASE_TIMES, "is_overtaken = null", "is_overtaken is not null"),
        changed(CASE_TIMES, "calendar_seconds = 9000000000", _DONE),
        changed(CASE_TIMES, "calendar_seconds = 9000000000", "measure = 'longest_silence'"),
        changed("marts.agg_process_step", "business_seconds = total_seconds + 1"),
    ),
    "assert_resolutions_agree": (
        lost(RESOLUTIONS),
        changed(RESOLUTIONS, "excluded_reason = null", "excluded_reason = 'test'"),
        changed(RESOLUTIONS, "excluded_reason = 'pending'", "excluded_reason is null"),
        changed(RESOLUTIONS, "is_back_in_channel = not is_back_in_channel", _JUDGED),
        changed(RESOLUTIONS, "is_back = false", f"{_JUDGED} and is_back_in_channel"),
        changed(RESOLUTIONS, "is_back = null"),
        changed(RESOLUTIONS, "decided_at = decided_at + interval 900 day", _JUDGED),
    ),
    "assert_self_service_adds_up": (
        lost(SELF_SERVICE, _FIRST_VISIT),
        changed(SELF_SERVICE, "started_at = started_at - interval 1 hour", _FIRST_VISIT),
        *(changed(SELF_SERVICE, f"kind = {kind}") for kind in ("'bot'", "'other'", "null")),
        changed(SELF_SERVICE, "outcome = 'other'", _JUDGED),
        changed(SELF_SERVICE, "outcome = null", _JUDGED),
        changed(SELF_SERVICE, "outcome = 'contacted'", "outcome = 'deflected'"),
        changed(SELF_SERVICE, "decided_at = decided_at + interval 900 day", _JUDGED),
        changed(SELF_SERVICE, "person_id = null", _JUDGED),
        *(
            changed(SELF_SERVICE, f"excluded_reason = '{reason}'", _JUDGED)
            for reason in ("pending", "other")
        ),
        changed("entities.contact_segments", "kind = 'bot'"),
    ),
    "assert_channel_access_adds_up": (
        *(
            changed(ACCESS, f"{n} = {n} + 1")
            for n in ("attempts", "in_hours", "out_of_hours", "in_outage", "hours_unknown")
        ),
        changed(ACCESS, "attempts = attempts + 1, in_hours = in_hours + 1"),
        changed(ACCESS, "blocked = attempts + 1"),
        changed(ACCESS, "open_seconds = 1"),
        changed(ACCESS, "outage_seconds = 1, open_seconds = -1"),
        changed(ACCESS, "access_share = 2"),
        changed(ACCESS, "in_hours = null"),
        lost(ACCESS, "attempts > 0"),
    ),
    "assert_channel_load_adds_up": (
        *(changed(LOAD, f"{n} = {n} + 1") for n in ("offered", "answered", "abandoned")),
        changed(LOAD, "offered = offered + 1, answered = answered + 1"),
        changed(LOAD, "work_seconds = 9000000", "dimension = 'queue'"),
        changed(LOAD, "occupancy = 0.5"),
        changed(LOAD, "is_over_capacity = true"),
        changed(LOAD, "staffed_seconds = 1, occupancy = 1"),
        changed(LOAD, "half_hour = 48"),
        changed(LOAD, "dimension = 'other'", "dimension = 'queue'"),
        *(lost(LOAD, f"dimension = '{d}' and offered > 0") for d in ("all", "queue")),
    ),
    "assert_technical_quality_adds_up": (
        changed(TECHNIQUE, "numerator = denominator + 1"),
        changed(TECHNIQUE, "value = 2"),
        changed(TECHNIQUE, "low = value + 1"),
        *(
            changed(
                TECHNIQUE,
                f"denominator = denominator + 100000, value = 0, numerator = 0, low = 0{more}",
                where,
            )
            for more, where in (
                ("", "measure = 'slow_load' and dimension = 'all'"),
                ("", "measure = 'error' and dimension = 'all'"),
                ("", "measure = 'dropped_call'"),
            )
        ),
        lost(TECHNIQUE, "measure = 'slow_load' and dimension = 'browser'"),
        lost(TECHNIQUE, "measure = 'dropped_call'"),
    ),
    "assert_no_agent_stands_alone": (
        *(changed(AGENTS, f"{n} = contacts + 1") for n in ("contacts", "handled", "transferred")),
        changed(AGENTS, "judged = contacts + 1"),
        changed(AGENTS, "resolved = judged + 1"),
        changed(AGENTS, "handle_seconds = handle_seconds + 1", "handled > 0"),
        changed(AGENTS, "agents = 2", "agent_token <> 'together'"),
        changed(AGENTS, "team = 'of one'", "agent_token <> 'together'"),
        lost(AGENTS),
    ),
    "assert_channels_are_compared_once": (
        changed(CONSISTENCY, "n = n + 1", "measure = 'resolution'"),
        lost(CONSISTENCY, "measure = 'resolution'"),
        changed(CONSISTENCY, "difference = 1"),
        changed(CONSISTENCY, "difference = -1, high_value = 0, low_value = 1, channels = 2"),
        changed(CONSISTENCY, "high_channel = 'call'"),
        changed(CONSISTENCY, "channels = 2"),
        changed(CONSISTENCY, "p_adjusted = 2"),
    ),
    "assert_backlog_balances": (
        *(
            changed(BACKLOG, f"{n} = {n} + 1")
            for n in ("opening", "opened", "reopened", "ended", "closing")
        ),
        changed(BACKLOG, "closing = closing + 1, opened = opened + 1", _LAST_DAY),
        lost(BACKLOG, "dimension = 'channel' and closing > 0"),
        changed(CASE_TIMES, "state = 'pending'", "measure = 'full_resolution' and state = 'done'"),
    ),
    "assert_case_times_sum": (
        lost(CASE_SPANS),
        *(changed(CASE_SPANS, f"{n} = {n} + 1") for n in ("cases", "done", "pending")),
        changed(CASE_SPANS, "low_seconds = median_seconds + 1", "median_seconds is not null"),
        lost(CASE_TIMES, "measure = 'customer_wait' or measure = 'full_resolution'"),
    ),
    "assert_queue_promise_equals_service_level": (
        changed(PROMISES, "state = 'met'", f"{_QUEUE} = 'breached'"),
        changed(PROMISES, "local_date = local_date - 1", f"{_QUEUE} = 'met'"),
        lost(PROMISES, f"{_QUEUE} = 'breached'"),
        lost(KPIS, f"{_ALL_OF} = 'service_level_80_20' and denominator > 0"),
    ),
}

# The expectation that has to fail, what is done to the mart, and to which row.
SERVICE_MART_FAULTS = {
    "fct_contacts": ("no local_date at or after the night's own day", f"local_date = '{AS_OF}'"),
    "fct_sla_events": ("sla_event_id is never null", "sla_event_id = null"),
    "fct_case_times": ("contact_id is never null", "contact_id = null"),
    "fct_resolutions": ("contact_id is never null", "contact_id = null"),
    "fct_self_service": ("kind is never null", "kind = null"),
    "agg_channel_access": ("channel is never null", "channel = null"),
    "agg_channel_load": ("dimension is never null", "dimension = null"),
    "agg_technical_quality": ("measure is never null", "measure = null"),
    "agg_agents": ("month is never null", "month = null"),
    "agg_channel_consistency": ("measure is never null", "measure = null"),
    "agg_case_backlog": ("date is never null", "date = null"),
    "agg_case_times": ("measure is never null", "measure = null"),
}
