"""What is planted to make the checks of funnels, attribution, retention and pain points fail."""

from planting import changed, doubled, lost

FUNNELS, FUNNEL_REASONS = "marts.agg_funnels", "marts.agg_funnel_exclusions"
COHORTS = "marts.agg_retention"
PAINS, IMPACTS = "marts.fct_pain_points", "marts.agg_pain_points"
FIXES, DRIVERS = "marts.agg_fixes", "marts.agg_drivers"
CREDITS, CHANNELS = "marts.fct_attribution", "marts.agg_attribution"


_RATE = "status = 'complete' and measure = 'occurrences_per_1000'"
_SHARE = "status = 'complete' and measure = 'affected_share'"
_TOUCHED = "status = 'complete' and measure = 'conversion_rate' and population = 'touched'"
_FIRST = "kpi = 'nps' and impact_rank = 1"
_DRIVEN = "kpi = 'nps' and driver = 'late_deliveries'"
_ALL, _LAST = "period = 'all'", "period = 'all' and step_number = 5"

# Each fault alone has to make its test fail.
CONVERSION_ROW_FAULTS: dict[str, tuple[str, ...]] = {
    "assert_funnels_narrow": (
        changed(FUNNELS, "entered_count = entered_count + 1", "step_number = 1"),
        changed(
            FUNNELS, "reached_count = reached_count + 1, dropped_count = dropped_count - 1", _LAST
        ),
        changed(FUNNELS, "reached_count = entered_count + 1", _LAST),
        changed(FUNNELS, "reached_count = null", _LAST),
        changed(FUNNELS, "dropped_count = dropped_count + 1", _LAST),
        changed(FUNNELS, "pending_count = entered_count + 1", _LAST),
        changed(FUNNELS, "excluded_count = excluded_count + 1"),
        changed(FUNNELS, "total_seconds = -1"),
        lost(FUNNELS, _ALL),
        lost(FUNNELS, "period <> 'all' and reached_count > 0"),
        lost(FUNNEL_REASONS),
        changed(FUNNEL_REASONS, "excluded_count = excluded_count + 1"),
        f"insert into {FUNNEL_REASONS} values ('unheard_of', 'all', 'called', 1)",
    ),
    "assert_credits_sum_to_conversions": (
        changed(CREDITS, "credit = credit - 0.000001"),
        changed(CREDITS, "credit = null"),
        changed(CREDITS, "value = value + 0.01", "value > 0"),
        changed(CREDITS, "model = 'guess'"),
        lost(CREDITS, "channel = 'none'"),
        lost(CREDITS, "model = 'linear' and credit < 1"),
        doubled(CREDITS, other="'again' as channel"),
        f"delete from {CREDITS} where conversion_id = (select min(conversion_id) from {CREDITS})",
        changed(CHANNELS, "credit = credit + 1", "model = 'markov'"),
        changed(CHANNELS, "credit = credit + 1", "model = 'position'"),
        changed(CHANNELS, "value = value + 0.01", "model = 'markov'"),
        changed(CHANNELS, "value = null"),
        changed(CHANNELS, "conversion_count = conversion_count + 1"),
        changed(CHANNELS, "channel = 'again'", "model = 'last'"),
        lost(CHANNELS, "credit > 0"),
        f"delete from {CHANNELS} where model = 'markov'",
        f"delete from {CHANNELS} where month = (select min(month) from {CHANNELS})",
    ),
    "assert_drivers_add_up": (
        *(changed(DRIVERS, f"{n} = {n} + 1", _DRIVEN) for n in ("fact_count", "hurt_count")),
        changed(DRIVERS, "hurt_person_count = hurt_count + 1", _DRIVEN),
        changed(DRIVERS, "value = value + 1", _DRIVEN),
        changed(DRIVERS, "hurt_value = hurt_value + 1", _DRIVEN),
        changed(DRIVERS, "impact = null", _DRIVEN),
        changed(DRIVERS, "low = high + 1", _DRIVEN),
        changed(DRIVERS, "coefficient_low = coefficient_high + 1", _DRIVEN),
        changed(DRIVERS, "coefficient_rank = coefficient_rank + 1", _DRIVEN),
        lost(DRIVERS),
        changed(DRIVERS, "driver = 'unheard_of'"),
    ),
    "assert_cohorts_add_up": (
        *(changed(COHORTS, f"{n} = {n} + 1") for n in ("start_count", "retained_count")),
        *(changed(COHORTS, f"{n} = {n} + 1") for n in ("lost_count", "pending_count")),
        changed(COHORTS, "lost_count = null"),
        changed(COHORTS, "retained_count = start_count + 1, lost_count = -1 - pending_count"),
        changed(
            COHORTS,
            "retained_count = retained_count - 1, lost_count = lost_count + 1",
            "period_number = 0 and retained_count > 0",
        ),
        changed(
            COHORTS,
            "retained_count = 0, lost_count = lost_count + retained_count",
            "variant = 'unbounded' and period_number = 1 and retained_count > 0",
        ),
        lost(COHORTS, "period_number = 0"),
        lost(COHORTS, "variant = 'unbounded' and period_number = 1"),
        f"delete from {COHORTS} where variant = 'month'",
        f"delete from {COHORTS} where basis = 'first_touch'",
    ),
    "assert_pain_points_add_up": (
        *(changed(IMPACTS, f"{n}_count = {n}_count + 1") for n in ("person", "occurrence")),
        *(changed(IMPACTS, f"{n}_count = {n}_count + 1") for n in ("feedback", "fact")),
        changed(IMPACTS, "person_count = null"),
        changed(IMPACTS, "touched_count = touched_count + 1", _FIRST),
        changed(IMPACTS, "touched_count = 0", _FIRST),
        *(
            changed(IMPACTS, f"{n} = {n} + 0.01", _FIRST)
            for n in ("value", "touched_value", "impact")
        ),
        *(changed(IMPACTS, f"{n} = null", _FIRST) for n in ("impact", "value", "impact_rank")),
        changed(IMPACTS, "impact_rank = 2", _FIRST),
        changed(IMPACTS, "low = impact + 1", _FIRST),
        changed(IMPACTS, "kind = 'other'"),
        lost(IMPACTS),
        lost(PAINS),
        lost(PAINS, "basis = 'feedback'"),
        doubled(PAINS, other="'again' as pain_point_id"),
        f"update {PAINS} set person_id = 'other'",
        changed(PAINS, "kind = 'other'"),
    ),
    "assert_fixes_add_up": (
        *(
            changed(FIXES, f"{side}{n} = {side}{n} + 1", where)
            for where in (_RATE, _SHARE, _TOUCHED)
            for side in ("before_", "after_", "comparison_before_", "comparison_after_")
            for n in ("numerator", "denominator", "value")
        ),
        *(
            changed(FIXES, f"{n} = {n} + 1", _RATE)
            for n in ("difference", "comparison_difference", "difference_in_differences")
        ),
        changed(FIXES, "before_person_count = before_person_count + 1", _SHARE),
        changed(FIXES, "low = difference + 1", _RATE),
        changed(FIXES, "high = null", _RATE),
        changed(FIXES, "did_high = difference_in_differences - 1", _RATE),
        *(changed(FIXES, f"{n} = {n} + 1") for n in ("live_date", "before_from", "after_to")),
        *(changed(FIXES, f"{n} = {n} + 1") for n in ("window_days", "definition_version")),
        changed(FIXES, "kind = 'other'"),
        changed(FIXES, "status = 'pending'", _RATE),
        changed(FIXES, "status = 'complete'", "status = 'pending'"),
        changed(FIXES, "after_denominator = 1", "status = 'pending'"),
        changed(FIXES, "after_value = 1", "status = 'pending'"),
        changed(FIXES, "difference = 1", "status = 'pending'"),
        changed(FIXES, "data_through = null", "status = 'complete'"),
        lost(FIXES),
        doubled(FIXES, other="'other' as fix_id"),
        doubled(PAINS, "local_date between date '2026-05-26' and date '2026-06-22'"),
    ),
}

# The rule of each mart that is broken, and how.
CONVERSION_MART_FAULTS: dict[str, tuple[str, ...]] = {
    "agg_funnels": ("pending_count not negative", "pending_count = -1"),
    "agg_attribution": ("credit_share from 0 to 1", "credit_share = 1.5"),
    "fct_attribution": ("touch_count not negative", "touch_count = -1"),
    "agg_pain_points": ("rank_stability from 0 to 1", "rank_stability = 1.5"),
    "agg_drivers": ("fact_count not negative", "fact_count = -1"),
    "agg_fixes": ("after_person_count not negative", "after_person_count = -1"),
    "fct_pain_points": ("pain_point_id is never null", "pain_point_id = null"),
    "agg_retention": ("pending_count not negative", "pending_count = -1"),
    "agg_funnel_exclusions": ("reason is never null", "reason = null"),
}
