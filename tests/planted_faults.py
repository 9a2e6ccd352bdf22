"""What is planted to make each blocking check fail: SQL on a copy of the demo's warehouse.

A new blocking check needs its fault here, or test_planted_faults says which one is missing.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from planted_conversion_faults import CONVERSION_MART_FAULTS, CONVERSION_ROW_FAULTS
from planted_feedback_faults import FEEDBACK_MART_FAULTS, FEEDBACK_ROW_FAULTS
from planted_identity_faults import IDENTITY_FAULTS, IDENTITY_MART_FAULTS
from planted_journey_faults import JOURNEY_FAULTS, JOURNEY_MART_FAULTS
from planted_service_faults import SERVICE_MART_FAULTS, SERVICE_ROW_FAULTS
from planting import changed, doubled, first, lost

from cx_pipeline.contracts import Contract

CUSTOMERS, TOKENS = "marts.dim_customers", "intermediate.int_person_tokens"
RESPONSES, CONTACTS = "marts.fct_responses", "marts.fct_contacts"
ORDERS, SUBSCRIPTIONS = "marts.fct_orders", "marts.fct_subscriptions"
KPIS, EXCLUDED = "marts.fct_kpi_daily", "marts.fct_kpi_excluded"
SESSIONS, TOUCHPOINTS = "marts.fct_sessions", "marts.fct_touchpoints"
TRANSITIONS, MOVEMENTS = "marts.agg_transitions", "marts.agg_subscription_movements"
STAYS, SEGMENTS = "marts.fct_segment_membership", "marts.agg_segment_kpis"
IDENTIFIERS, MEMBERSHIPS = "marts.dim_identifiers", "marts.dim_accounts"
CONSENTS, CONSENT_COUNTS = "marts.dim_consents", "marts.agg_consents"
STATEMENTS = "intermediate.int_consent_statements"
KEPT, EVENTS = "intermediate.int_sessions", "raw_ga4.events"


def _of_each_digit(table: str, visitor: str) -> str:
    """One row for each last digit of a visitor: the test judges those of one digit a day."""
    return first(table, each=f"right({visitor}, 1)")


# ---- dbt: tests that have a file of their own ----------------------------------------------

_KEPT_ROWS = _of_each_digit(KEPT, "visitor_token")
_ALL_OF = "dimension = 'all' and kpi_id"
_A_SHARE = "kpi_id = 'conversion_rate' and denominator > 0"
PERIODS = "marts.agg_kpi_periods"
SUBSCRIPTION_MONTHS, FIRST_ORDERS = "marts.fct_subscription_months", "marts.fct_first_orders"
_HAS_LOST = (
    f"(product_id, month) in (select product_id, month from {SUBSCRIPTION_MONTHS} where is_lost)"
)
_OPEN = "person_id is not null and ended_at is null"
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
    "assert_order_amounts_balance": (
        changed(ORDERS, "net_amount = net_amount + 1", "net_amount is not null"),
        changed(ORDERS, "currency = 'XXX'", "net_amount > 0"),
        lost(ORDERS, "net_amount > 0"),
    ),
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
    "assert_cohorts_are_whole": (
        lost(SUBSCRIPTION_MONTHS),
        lost(MOVEMENTS, "opening > 0"),
        changed(SUBSCRIPTION_MONTHS, "excluded_reason = 'pending'", "excluded_reason is null"),
        changed(MOVEMENTS, "lost = 0", _HAS_LOST),
        lost(FIRST_ORDERS, "person_id is not null"),
        changed(FIRST_ORDERS, "ordered_at = ordered_at + interval 1 day", "person_id is not null"),
        changed(FIRST_ORDERS, "is_repeated = not is_repeated", "excluded_reason is null"),
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
    **FEEDBACK_ROW_FAULTS,
    **SERVICE_ROW_FAULTS,
}


def key_faults(test: Mapping[str, Any], model: Mapping[str, Any]) -> tuple[str, ...]:
    """A row that stands twice, and a null in each column of the key that the test names."""
    table = f"{model['schema']}.{model['alias']}"
    columns = test["test_metadata"]["kwargs"]["columns"]
    return (doubled(table), *(changed(table, f"{column} = null") for column in columns))


# ---- Great Expectations: the rule of each mart that is broken, and how ------------------------

MART_FAULTS: dict[str, tuple[str, ...]] = {
    "agg_consents": ("purpose is never null", "purpose = null"),
    "agg_segment_kpis": ("segment is never null", "segment = null"),
    "agg_subscription_movements": ("month is never null", "month = null"),
    "agg_transitions": ("transition_count not negative", "transition_count = -1"),
    "dim_accounts": ("membership_count not negative", "membership_count = -1"),
    "dim_consents": ("statement_count not negative", "statement_count = -1"),
    "dim_customers": ("token_count not negative", "token_count = -1"),
    "dim_email_recipients": ("person_id is never null", "person_id = null"),
    "dim_identifiers": ("identifier_token is never null", "identifier_token = null"),
    "dim_benchmarks": ("benchmark_id is never null", "benchmark_id = null"),
    "dim_kpis": ("kpi_id is never null", "kpi_id = null", "kpi_id = 'revenue'"),
    "dim_phone_recipients": ("person_id is never null", "person_id = null"),
    "dim_segments": ("scheme is never null", "scheme = null"),
    "fct_first_orders": ("order_id is never null", "order_id = null"),
    "agg_kpi_periods": ("low <= value <= high", "low = high + 1", "kpi_id = 'orders'"),
    "fct_subscription_months": ("subscription_id is never null", "subscription_id = null"),
    "fct_kpi_daily": ("low <= value <= high", "low = high + 1", "kpi_id = 'orders'"),
    "fct_kpi_excluded": ("reason is never null", "reason = null"),
    "fct_orders": ("line_count not negative", "line_count = -1"),
    "fct_segment_membership": ("valid_from is never null", "valid_from = null"),
    "fct_sessions": ("error_count not negative", "error_count = -1"),
    "fct_subscriptions": ("subscription_id is never null", "subscription_id = null"),
    "fct_touchpoints": ("touchpoint_id is never null", "touchpoint_id = null"),
    **IDENTITY_MART_FAULTS,
    **JOURNEY_MART_FAULTS,
    **CONVERSION_MART_FAULTS,
    **FEEDBACK_MART_FAULTS,
    **SERVICE_MART_FAULTS,
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
