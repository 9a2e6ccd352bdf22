"""What is planted to make each blocking check fail: SQL on a copy of the demo's warehouse.

A new blocking check needs its fault here, or test_planted_faults says which one is missing.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from homes import AS_OF
from planted_conversion_faults import CONVERSION_MART_FAULTS, CONVERSION_ROW_FAULTS
from planted_identity_faults import IDENTITY_FAULTS, IDENTITY_MART_FAULTS
from planted_journey_faults import JOURNEY_FAULTS, JOURNEY_MART_FAULTS
from planting import changed, doubled, lost

from cx_pipeline.contracts import Contract

CUSTOMERS, TOKENS = "marts.dim_customers", "intermediate.int_person_tokens"
RESPONSES, CONTACTS, PROMISES = "marts.fct_responses", "marts.fct_contacts", "marts.fct_sla_events"
ORDERS, SUBSCRIPTIONS = "marts.fct_orders", "marts.fct_subscriptions"
KPIS, EXCLUDED = "marts.fct_kpi_daily", "marts.fct_kpi_excluded"
SESSIONS, TOUCHPOINTS = "marts.fct_sessions", "marts.fct_touchpoints"
TRANSITIONS, MOVEMENTS = "marts.agg_transitions", "marts.agg_subscription_movements"
STAYS, SEGMENTS = "marts.fct_segment_membership", "marts.agg_segment_kpis"
IDENTIFIERS, MEMBERSHIPS = "marts.dim_identifiers", "marts.dim_accounts"
FOLLOWUPS, FOLLOWUP_COUNTS = "marts.fct_followups", "marts.agg_followups"
CONTACT_REASONS = "marts.fct_contact_reasons"
TEXTS, TEXT_WEEKS = "marts.fct_text_sentiment", "marts.agg_text_sentiment"
CONSENTS, CONSENT_COUNTS = "marts.dim_consents", "marts.agg_consents"
STATEMENTS = "intermediate.int_consent_statements"
KEPT, EVENTS = "intermediate.int_sessions", "raw_ga4.events"


def _of_each_digit(table: str, visitor: str) -> str:
    """One row for each last digit of a visitor: the test judges those of one digit a day."""
    return f"rowid in (select min(rowid) from {table} group by right({visitor}, 1))"


# ---- dbt: tests that have a file of their own ----------------------------------------------

_KEPT_ROWS = _of_each_digit(KEPT, "visitor_token")
_ALL_OF = "dimension = 'all' and kpi_id"
_A_SHARE = "kpi_id = 'conversion_rate' and denominator > 0"
_NPS = "kind = 'nps' and is_counted and person_id is not null"
CASE_TIMES, CASE_SPANS = "marts.fct_case_times", "marts.agg_case_times"
RESOLUTIONS, BACKLOG = "marts.fct_resolutions", "marts.agg_case_backlog"
SELF_SERVICE, ACCESS = "marts.fct_self_service", "marts.agg_channel_access"
LOAD, PERIODS = "marts.agg_channel_load", "marts.agg_kpi_periods"
AGENTS, CONSISTENCY = "marts.agg_agents", "marts.agg_channel_consistency"
LIKENESS, TECHNIQUE = "marts.agg_representativeness", "marts.agg_technical_quality"
SUBSCRIPTION_MONTHS, FIRST_ORDERS = "marts.fct_subscription_months", "marts.fct_first_orders"
WAVES = "marts.agg_survey_waves"
_JUDGED = "excluded_reason is null"
_FIRST_VISIT = (
    "(person_id, started_at) in (select person_id, min(started_at)"
    f" from {SELF_SERVICE} where person_id is not null group by person_id)"
)
_HAS_LOST = (
    f"(product_id, month) in (select product_id, month from {SUBSCRIPTION_MONTHS} where is_lost)"
)
_LAST_DAY = f"dimension = 'all' and date = (select max(date) from {BACKLOG})"
_DONE = "measure = 'first_resolution' and state = 'done'"
_QUEUE = "policy = 'service_level_80_20' and state"
_OPEN = "person_id is not null and ended_at is null"
_HAS_REASON = f"contact_id = (select min(contact_id) from {CONTACT_REASONS} where basis = 'given')"
_NEW_ID = "subscription_id || '-again' as subscription_id"
_IS_FIRST = f"(person_id, valid_from) in (select person_id, first_seen_date from {CUSTOMERS})"
_EDGE = (
    f"(product_id, month) in (select product_id, {{}}(month) from {MOVEMENTS} group by product_id)"
)

# Each fault alone has to make its test fail.
ROW_FAULTS: dict[str, tuple[str, ...]] = {
    "assert_every_person_is_a_customer": (
        lost(CUSTOMERS),
        f"update {TOKENS} set person_id = (select min(person_id) from {CUSTOMERS})",
    ),
    "assert_every_token_and_membership_is_told": (
        *(lost(table) for table in (TOKENS, IDENTIFIERS, MEMBERSHIPS, "entities.accounts")),
        *(doubled(table) for table in (IDENTIFIERS, MEMBERSHIPS)),
    ),
    "assert_consents_sum_to_persons": (
        *(changed(CONSENT_COUNTS, f"{n} = {n} + 1") for n in ("persons", "contradicted")),
        changed(CONSENT_COUNTS, "persons = null"),
        changed(CONSENT_COUNTS, "basis = 'other'"),
        lost(CONSENT_COUNTS),
        f"delete from {CONSENT_COUNTS} where purpose = (select min(purpose) from {CONSENTS})",
        f"delete from {CONSENTS}",
        doubled(CONSENTS),
        doubled(CONSENT_COUNTS, other="'other' as purpose"),
        lost(CUSTOMERS),
    ),
    "assert_every_consent_statement_is_told": (
        changed(STATEMENTS, "purpose = 'other'"),
        changed(STATEMENTS, "purpose = null"),
        changed(STATEMENTS, "state = 'maybe'"),
        changed(STATEMENTS, "state = null"),
        lost(CONSENTS, "statement_count > 0"),
        doubled(STATEMENTS),
    ),
    "assert_no_objection_is_overruled": (
        *(
            changed(CONSENTS, f"state = {state}", "state = 'withdrawn'")
            for state in ("'granted'", "null")
        ),
        changed(CONSENTS, "state = 'granted', basis = 'default'", "state = 'withdrawn'"),
        changed(CONSENTS, "state = 'granted', stated_at = null", "state = 'withdrawn'"),
        f"update {STATEMENTS} set state = 'withdrawn', stated_at = null where source = 'salesforce'",
    ),
    "assert_followups_hold_every_cause": (
        lost(FOLLOWUPS),
        doubled(FOLLOWUPS),
        changed(RESPONSES, "is_counted = false", "is_counted and nps_bucket = 'detractor'"),
        changed(PROMISES, "state = 'breached', metric = 'resolution_time'"),
        lost(FOLLOWUP_COUNTS),
        *(
            changed(FOLLOWUP_COUNTS, f"{n}_count = {n}_count + 1")
            for n in ("followup", "overdue", "no_resurvey", "followed")
        ),
        changed(FOLLOWUP_COUNTS, "done_late_count = null"),
        changed(FOLLOWUP_COUNTS, "followed_recovered_count = followed_count + 1"),
    ),
    "assert_every_text_is_told": (
        *(lost(table) for table in ("intermediate.int_texts", TEXTS, TEXT_WEEKS)),
        doubled(TEXTS, other="'again' as sentiment_id"),
        changed(TEXTS, "source = 'other'"),
        changed(TEXTS, "local_date = null"),
        *(changed(TEXT_WEEKS, f"{n}_count = {n}_count + 1") for n in ("text", "neutral")),
        changed(TEXT_WEEKS, "negative_count = null"),
    ),
    "assert_every_contact_has_a_reason_or_why_not": (
        *(lost(table) for table in (CONTACT_REASONS, CONTACTS)),
        doubled(CONTACT_REASONS, other="'again' as contact_id"),
        changed(CONTACT_REASONS, "reason = 'other'"),
        changed(CONTACT_REASONS, "reason = null"),
        *(
            changed(CONTACT_REASONS, f"basis = {basis}")
            for basis in ("'unknown'", "'predicted'", "null")
        ),
        changed(CONTACT_REASONS, "unknown_reason = 'no_text'"),
        changed(CONTACTS, "reason = null", "reason is not null"),
        # predicted, but by too little, or by nothing
        *(
            f"{changed(CONTACTS, 'reason = null', _HAS_REASON)}; "
            f"{changed(CONTACT_REASONS, guess, _HAS_REASON)}"
            for guess in (
                "basis = 'predicted', score = 0.4, model_version = 'v'",
                "basis = 'predicted', score = 0.9",
            )
        ),
    ),
    "assert_order_amounts_balance": (
        changed(ORDERS, "net_amount = net_amount + 1", "net_amount is not null"),
        changed(ORDERS, "currency = 'XXX'", "net_amount > 0"),
        lost(ORDERS, "net_amount > 0"),
    ),
    "assert_nps_parts_add_up": (
        changed(RESPONSES, "nps_bucket = null", _NPS),
        changed(RESPONSES, "is_counted = false", _NPS),
        changed(KPIS, "numerator = numerator + 1", f"{_ALL_OF} = 'nps' and n > 0"),
        changed(KPIS, "denominator = denominator + 1", f"{_ALL_OF} = 'nps'"),
        lost(KPIS, f"{_ALL_OF} = 'nps'"),
        f"delete from {RESPONSES} where kind = 'nps'",
    ),
    "assert_one_nps_answer_a_wave": (doubled(RESPONSES, _NPS, "'again' as answer_id"),),
    "assert_sessions_equal_a_full_rebuild": (
        f"update {KEPT} set page_views = page_views + 1 where {_KEPT_ROWS}",
        f"update {KEPT} set channel = 'other' where {_KEPT_ROWS}",
        f"delete from {KEPT} where {_KEPT_ROWS}",
        f"insert into {KEPT} select * replace ('again' as session_id) from {KEPT} where {_KEPT_ROWS}",
        f"delete from {EVENTS} where {_of_each_digit(EVENTS, 'user_pseudo_id')}",
    ),
    "assert_sessions_hold_every_event": (
        *(
            changed(SESSIONS, f"{n} = {n} + 1")
            for n in ("event_count", "page_views", "error_count")
        ),
        lost(SESSIONS),
        doubled(SESSIONS),
        lost(EVENTS, "user_pseudo_id is not null"),
    ),
    "assert_transitions_balance": (
        changed(TRANSITIONS, "transition_count = transition_count + 1", "from_stage = 'start'"),
        changed(TRANSITIONS, "to_channel = 'other'", "to_stage not in (from_stage, 'end')"),
        changed(TRANSITIONS, "transition_count = transition_count + 1", "to_stage = from_stage"),
        changed(TRANSITIONS, "transition_count = null"),
        changed(TRANSITIONS, "from_count = from_count + 1"),
        lost(TRANSITIONS, "to_stage = 'end'"),
        lost(TOUCHPOINTS),
        doubled(TOUCHPOINTS),
        f"delete from {TOUCHPOINTS} where person_id = (select min(person_id) from {TOUCHPOINTS})",
    ),
    "assert_dimensions_sum_to_all": (
        *(
            changed(KPIS, f"{n} = {n} + 1", "dimension = 'channel' and denominator > 0")
            for n in ("numerator", "denominator", "n", "excluded")
        ),
        changed(KPIS, "n = null", "dimension = 'all'"),
        lost(KPIS, "dimension = 'all'"),
        f"delete from {KPIS} where dimension = 'channel' and (kpi_id, date) = "
        f"(select min((kpi_id, date)) from {KPIS} where dimension = 'channel' and n > 0)",
        doubled(KPIS, "dimension = 'source' and n > 0", "'other' as dimension_value"),
    ),
    "assert_values_follow_their_definition": (
        changed(KPIS, "kpi_id = 'unheard_of'"),
        changed(KPIS, "n = -1, n_persons = -1"),
        changed(KPIS, "n_persons = n + 1"),
        changed(KPIS, "low = high + 1", "high is not null"),
        changed(KPIS, "value = -1, numerator = -denominator", _A_SHARE),
        changed(KPIS, "value = 2, numerator = 2 * denominator", _A_SHARE),
        changed(KPIS, "value = value / 2", f"{_A_SHARE} and numerator > 0"),
        changed(KPIS, "value = value + 1", "kpi_id = 'orders'"),
        changed(KPIS, "value = 0.5", "denominator = 0"),
    ),
    "assert_every_entity_row_has_its_fact": (
        *(lost(f"entities.{entity}") for entity in ("orders", "contacts", "responses")),
        *(lost(fact) for fact in (ORDERS, CONTACTS, RESPONSES)),
        *(doubled(fact) for fact in (ORDERS, CONTACTS, RESPONSES)),
        changed(ORDERS, "local_date = local_date - 1"),
        changed(KPIS, "n = n - 1", f"{_ALL_OF} = 'contacts'"),
    ),
    "assert_exclusions_are_explained": (
        changed(KPIS, "excluded = excluded + 1"),
        changed(EXCLUDED, "n = n - 1"),
        lost(EXCLUDED),
        *(changed(EXCLUDED, f"{n} = 'other'") for n in ("kpi_id", "dimension", "dimension_value")),
    ),
    "assert_one_segment_a_day": (
        changed(STAYS, "valid_to = valid_to - 7", "valid_to is not null"),
        changed(STAYS, "valid_to = valid_to + 7", "valid_to is not null"),
        changed(STAYS, "valid_to = null", "valid_to is not null"),
        changed(STAYS, "valid_to = valid_from + 7", "valid_to is null"),
        changed(STAYS, "valid_from = valid_from + 7", "valid_to is null"),
        f"update {STAYS} set valid_to = valid_to + 1, "
        f"valid_from = valid_from + case when {_IS_FIRST} then 0 else 1 end",
        lost(STAYS, "valid_to is not null"),
        f"delete from {STAYS} where person_id = (select min(person_id) from {STAYS})",
        f"delete from {STAYS}",
        doubled(STAYS, "valid_to is null", "'other' as segment"),
        lost(CUSTOMERS),
    ),
    "assert_segments_sum_to_all": (
        *(
            changed(SEGMENTS, f"{n} = {n} + 1")
            for n in ("persons", "sessions", "orders", "revenue", "contacts", "nps_denominator")
        ),
        changed(SEGMENTS, "orders = null", "orders = 0"),
        lost(SEGMENTS, "persons > 0"),
        lost(CUSTOMERS),
    ),
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
    "assert_kpi_periods_add_up": (
        *(
            changed(PERIODS, f"{n} = {n} + 1", "kpi_id = 'csat'")
            for n in ("numerator", "denominator", "n", "excluded", "sum_of_squares")
        ),
        *(lost(PERIODS, f"period = '{period}'") for period in ("week", "month")),
        changed(PERIODS, "starts_on = starts_on + 1"),
        changed(PERIODS, "p_value = 2", "p_value is not null"),
        changed(PERIODS, "p_adjusted = -1", "p_value is not null"),
        changed(PERIODS, "p_adjusted = null", "p_value is not null"),
        changed(PERIODS, "difference = 0", "dimension = 'all'"),
    ),
    "assert_groups_of_a_wave_are_whole": (
        *(
            changed(LIKENESS, f"{n} = {n} + 1")
            for n in ("respondents", "customers", "unknown_response_count")
        ),
        changed(LIKENESS, "invited = invited + 1", "invited is not null"),
        changed(LIKENESS, "respondents_share = 0.5"),
        changed(LIKENESS, "is_unlike = not is_unlike"),
        changed(LIKENESS, "difference_from_customers = 9"),
        lost(LIKENESS, "respondents > 0"),
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
    "assert_cohorts_are_whole": (
        lost(SUBSCRIPTION_MONTHS),
        lost(MOVEMENTS, "opening > 0"),
        changed(SUBSCRIPTION_MONTHS, "excluded_reason = 'pending'", "excluded_reason is null"),
        changed(MOVEMENTS, "lost = 0", _HAS_LOST),
        lost(FIRST_ORDERS, "person_id is not null"),
        changed(FIRST_ORDERS, "ordered_at = ordered_at + interval 1 day", "person_id is not null"),
        changed(FIRST_ORDERS, "is_repeated = not is_repeated", "excluded_reason is null"),
    ),
    "assert_waves_hold_every_answer": (
        lost(WAVES),
        *(changed(WAVES, f"{n} = {n} + 1") for n in ("n", "excluded_count", "other_scale_count")),
        changed(WAVES, "value = high + 1", "n > 0 and kind = 'csat'"),
        changed(WAVES, "low = high + 1", "n > 0 and kind = 'nps'"),
        changed(WAVES, "value = null", "n > 0"),
    ),
    "assert_queue_promise_equals_service_level": (
        changed(PROMISES, "state = 'met'", f"{_QUEUE} = 'breached'"),
        changed(PROMISES, "local_date = local_date - 1", f"{_QUEUE} = 'met'"),
        lost(PROMISES, f"{_QUEUE} = 'breached'"),
        lost(KPIS, f"{_ALL_OF} = 'service_level_80_20' and denominator > 0"),
    ),
    "assert_subscription_movements_balance": (
        *(
            changed(MOVEMENTS, f"{n} = {n} + 1")
            for n in ("opening", "won", "won_back", "lost", "closing")
        ),
        changed(MOVEMENTS, "won = null"),
        changed(MOVEMENTS, "opening = opening + 1, lost = lost + 1", _EDGE.format("min")),
        changed(MOVEMENTS, "won = won + 1, closing = closing + 1", _EDGE.format("max")),
        lost(SUBSCRIPTIONS),
    ),
    "assert_subscriptions_do_not_overlap": (
        changed(SUBSCRIPTIONS, "ended_at = started_at", "person_id is not null"),
        doubled(SUBSCRIPTIONS, _OPEN, f"{_NEW_ID}, started_at + interval 1 day as started_at"),
        doubled(
            SUBSCRIPTIONS,
            _OPEN,
            f"{_NEW_ID}, started_at - interval 9 day as started_at, started_at as ended_at",
        ),
    ),
    **IDENTITY_FAULTS,
    **JOURNEY_FAULTS,
    **CONVERSION_ROW_FAULTS,
}


def key_faults(test: Mapping[str, Any], model: Mapping[str, Any]) -> tuple[str, ...]:
    """A row that stands twice, and a null in each column of the key that the test names."""
    table = f"{model['schema']}.{model['alias']}"
    columns = test["test_metadata"]["kwargs"]["columns"]
    return (doubled(table), *(changed(table, f"{column} = null") for column in columns))


# ---- Great Expectations: the rule of each mart that is broken, and how ------------------------

MART_FAULTS: dict[str, tuple[str, ...]] = {
    "agg_consents": ("purpose is never null", "purpose = null"),
    "agg_response_rates": ("response_rate from 0 to 1", "response_rate = 1.5"),
    "agg_segment_kpis": ("segment is never null", "segment = null"),
    "agg_subscription_movements": ("month is never null", "month = null"),
    "agg_text_sentiment": ("text_count not negative", "text_count = -1"),
    "agg_transitions": ("transition_count not negative", "transition_count = -1"),
    "dim_accounts": ("membership_count not negative", "membership_count = -1"),
    "dim_consents": ("statement_count not negative", "statement_count = -1"),
    "dim_customers": ("token_count not negative", "token_count = -1"),
    "dim_email_recipients": ("person_id is never null", "person_id = null"),
    "dim_identifiers": ("identifier_token is never null", "identifier_token = null"),
    "agg_survey_waves": ("excluded_count not negative", "excluded_count = -1"),
    "dim_benchmarks": ("benchmark_id is never null", "benchmark_id = null"),
    "dim_kpis": ("kpi_id is never null", "kpi_id = null", "kpi_id = 'revenue'"),
    "dim_phone_recipients": ("person_id is never null", "person_id = null"),
    "dim_segments": ("scheme is never null", "scheme = null"),
    "fct_case_times": ("contact_id is never null", "contact_id = null"),
    "agg_case_backlog": ("date is never null", "date = null"),
    "agg_case_times": ("measure is never null", "measure = null"),
    "fct_first_orders": ("order_id is never null", "order_id = null"),
    "fct_resolutions": ("contact_id is never null", "contact_id = null"),
    "agg_channel_consistency": ("measure is never null", "measure = null"),
    "agg_agents": ("month is never null", "month = null"),
    "agg_technical_quality": ("measure is never null", "measure = null"),
    "agg_representativeness": ("survey_id is never null", "survey_id = null"),
    "agg_kpi_periods": ("low <= value <= high", "low = high + 1", "kpi_id = 'orders'"),
    "agg_channel_load": ("dimension is never null", "dimension = null"),
    "agg_channel_access": ("channel is never null", "channel = null"),
    "fct_self_service": ("kind is never null", "kind = null"),
    "fct_subscription_months": ("subscription_id is never null", "subscription_id = null"),
    "fct_contact_reasons": (f"no local_date at or after {AS_OF}", f"local_date = '{AS_OF}'"),
    "fct_contacts": (f"no local_date at or after {AS_OF}", f"local_date = '{AS_OF}'"),
    "agg_followups": ("followup_count not negative", "followup_count = -1"),
    "fct_followups": ("followup_id is never null", "followup_id = null"),
    "fct_kpi_daily": ("low <= value <= high", "low = high + 1", "kpi_id = 'orders'"),
    "fct_kpi_excluded": ("reason is never null", "reason = null"),
    "fct_orders": ("line_count not negative", "line_count = -1"),
    "fct_responses": (f"no local_date at or after {AS_OF}", f"local_date = '{AS_OF}'"),
    "fct_segment_membership": ("valid_from is never null", "valid_from = null"),
    "fct_sessions": ("error_count not negative", "error_count = -1"),
    "fct_sla_events": ("sla_event_id is never null", "sla_event_id = null"),
    "fct_subscriptions": ("subscription_id is never null", "subscription_id = null"),
    "fct_text_sentiment": (f"no local_date at or after {AS_OF}", f"local_date = '{AS_OF}'"),
    "fct_touchpoints": ("touchpoint_id is never null", "touchpoint_id = null"),
    **IDENTITY_MART_FAULTS,
    **JOURNEY_MART_FAULTS,
    **CONVERSION_MART_FAULTS,
}


# ---- raw tables ----------------------------------------------------------------------------


def token_faults(contract: Contract) -> dict[str, str]:
    """A raw value in each personal column that has to hold tokens, redacted texts, or nothing."""
    table = f"raw_{contract.source}.{contract.table}"
    return {
        column.name: changed(table, f"{column.name} = 'anna.vogel@mail.example'")
        for column in contract.pii_columns
    }


def limit_fault(source: str) -> str:
    """A tenth of the rows of each of the source's tables in quarantine: the limit is 5 %."""
    return (
        "update landing.loads set quarantined = ceil(0.1 * rows_read), "
        f"accepted = accepted + quarantined - ceil(0.1 * rows_read) where source = '{source}'"
    )


def book_faults(contracts: Collection[Contract], source: str) -> tuple[str, ...]:
    """Books of one file of the source that do not balance, each alone; the last two in its rows.

    The rows of a file are counted in the first night that sees it: so it is made one.
    """
    last = f"load = (select max(load) from landing.loads where source = '{source}')"
    table = next(f"raw_{c.source}.{c.table}" for c in contracts if c.source == source)
    new = f"delete from ledger.books where source = '{source}'; "
    return (
        *(
            f"update landing.loads set {name} = {name} + 1 where {last}"
            for name in ("rows_read", "accepted", "quarantined", "duplicate", "erased")
        ),
        f"update landing.loads set erased = null where {last}",
        new + lost(table),
        new + doubled(table),
        new + f"insert into landing.quarantine (load, source) select load, source"
        f" from landing.loads where {last}",
    )


# ---- the audit chain: what is done to its lines ----------------------------------------------

CHAIN_FAULTS: dict[str, tuple[Callable[[list[str]], object], ...]] = {
    "audit_chain_holds": (
        lambda lines: lines.__setitem__(1, lines[1].replace("keys", "none")),
        lambda lines: lines.pop(1),
        lambda lines: lines.insert(1, lines.pop(2)),
        lambda lines: lines.pop(),
        lambda lines: lines.clear(),
    ),
}

# ---- the files to be shown: where the search finds it, what it calls it, what is planted --------

CANARY = "zyxabcary"
_REASON = "marts.fct_contacts.reason"


def _told(words: str) -> str:
    return changed("shown.main.fct_contacts", f"reason = '{words}'")


SCAN_FAULTS = {
    "only_contracted": (
        "marts.dim_kpis.note",
        "column missing or not as contracted",
        "alter table shown.main.dim_kpis add column note varchar",
    ),
    "only_audience_keys": (
        "marts.fct_orders.person_id",
        "key that is not the audience's",
        changed("shown.main.fct_orders", "person_id = 'someone'"),
    ),
    "only_consented": (
        "marts.dim_email_recipients.person_id",
        "person without consent to email_marketing",
        "update shown.main.dim_consents set state = 'withdrawn' where purpose = 'email_marketing' and"
        " person_id = (select min(person_id) from shown.main.dim_email_recipients)",
    ),
    "no_patterns": (_REASON, "phone", _told("call +49 170 1234567")),
    "no_known_values": (_REASON, "known name", _told("it was {name}")),
    "no_canaries": (_REASON, "canary", _told(f"about {CANARY.title()}")),
}
