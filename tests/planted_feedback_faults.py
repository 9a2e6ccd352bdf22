"""What is planted to make the checks of answers, texts, reasons and follow-ups fail."""

from homes import AS_OF
from planting import changed, doubled, lost

RESPONSES, CONTACTS, PROMISES = "marts.fct_responses", "marts.fct_contacts", "marts.fct_sla_events"
KPIS = "marts.fct_kpi_daily"
FOLLOWUPS, FOLLOWUP_COUNTS = "marts.fct_followups", "marts.agg_followups"
CONTACT_REASONS = "marts.fct_contact_reasons"
TEXT_TOPICS = "marts.agg_text_topics"
TEXTS, TEXT_WEEKS = "marts.fct_text_sentiment", "marts.agg_text_sentiment"
_ALL_OF = "dimension = 'all' and kpi_id"
_NPS = "kind = 'nps' and is_counted and person_id is not null"
LIKENESS = "marts.agg_representativeness"
WAVES = "marts.agg_survey_waves"
_HAS_REASON = f"contact_id = (select min(contact_id) from {CONTACT_REASONS} where basis = 'given')"

# Each fault alone has to make its test fail.
FEEDBACK_ROW_FAULTS: dict[str, tuple[str, ...]] = {
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
    "assert_every_text_has_a_topic_or_none": (
        *(lost(table) for table in (TEXTS, TEXT_TOPICS)),
        changed(TEXTS, "score = score + 0.1", "score is not null"),
        *(
            changed(TEXT_TOPICS, f"{n}_count = {n}_count + 1")
            for n in ("text", "unknown_person_text", "scored")
        ),
        changed(TEXT_TOPICS, "text_count = null"),
        # more persons than texts, or fewer than wrote them
        *(changed(TEXT_TOPICS, f"person_count = {n}") for n in ("text_count + 1", "0")),
        changed(TEXT_TOPICS, "month_text_count = text_count - 1"),
        *(changed(TEXT_TOPICS, what) for what in ("share = null", "low = 1.1", "high = -0.1")),
        # a topic that no model knows, or a name that is not its own
        *(changed(TEXT_TOPICS, what) for what in ("topic = 1", "topic_name = 'parcel'")),
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
    "assert_nps_parts_add_up": (
        changed(RESPONSES, "nps_bucket = null", _NPS),
        changed(RESPONSES, "is_counted = false", _NPS),
        changed(KPIS, "numerator = numerator + 1", f"{_ALL_OF} = 'nps' and n > 0"),
        changed(KPIS, "denominator = denominator + 1", f"{_ALL_OF} = 'nps'"),
        lost(KPIS, f"{_ALL_OF} = 'nps'"),
        f"delete from {RESPONSES} where kind = 'nps'",
    ),
    "assert_one_nps_answer_a_wave": (doubled(RESPONSES, _NPS, "'again' as answer_id"),),
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
    "assert_waves_hold_every_answer": (
        lost(WAVES),
        *(changed(WAVES, f"{n} = {n} + 1") for n in ("n", "excluded_count", "other_scale_count")),
        changed(WAVES, "value = high + 1", "n > 0 and kind = 'csat'"),
        changed(WAVES, "low = high + 1", "n > 0 and kind = 'nps'"),
        changed(WAVES, "value = null", "n > 0"),
    ),
}

# The expectation that has to fail, what is done to the mart, and to which row.
FEEDBACK_MART_FAULTS = {
    "fct_responses": ("no local_date at or after the night's own day", f"local_date = '{AS_OF}'"),
    "fct_followups": ("followup_id is never null", "followup_id = null"),
    "agg_followups": ("followup_count not negative", "followup_count = -1"),
    "agg_response_rates": ("response_rate from 0 to 1", "response_rate = 1.5"),
    "agg_representativeness": ("survey_id is never null", "survey_id = null"),
    "agg_survey_waves": ("excluded_count not negative", "excluded_count = -1"),
    "fct_text_sentiment": (
        "no local_date at or after the night's own day",
        f"local_date = '{AS_OF}'",
    ),
    "agg_text_sentiment": ("text_count not negative", "text_count = -1"),
    "agg_text_topics": ("text_count not negative", "text_count = -1"),
    "fct_contact_reasons": (
        "no local_date at or after the night's own day",
        f"local_date = '{AS_OF}'",
    ),
}
