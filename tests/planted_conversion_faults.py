"""What is planted to make the checks of funnels, attribution, retention and pain points fail."""

FUNNELS, FUNNEL_REASONS = "marts.agg_funnels", "marts.agg_funnel_exclusions"
COHORTS = "marts.agg_retention"
CREDITS, CHANNELS = "marts.fct_attribution", "marts.agg_attribution"


def _changed(table: str, what: str, where: str = "true") -> str:
    return f"update {table} set {what} where rowid = (select min(rowid) from {table} where {where})"


def _lost(table: str, where: str = "true") -> str:
    return f"delete from {table} where rowid = (select min(rowid) from {table} where {where})"


def _doubled(table: str, other: str, where: str = "true") -> str:
    first = f"rowid = (select min(rowid) from {table} where {where})"
    return f"insert into {table} select * replace ({other}) from {table} where {first}"


_ALL, _LAST = "period = 'all'", "period = 'all' and step_number = 5"

# Each fault alone has to make its test fail.
CONVERSION_ROW_FAULTS: dict[str, tuple[str, ...]] = {
    "assert_funnels_narrow": (
        _changed(FUNNELS, "entered_count = entered_count + 1", "step_number = 1"),
        _changed(
            FUNNELS, "reached_count = reached_count + 1, dropped_count = dropped_count - 1", _LAST
        ),
        _changed(FUNNELS, "reached_count = entered_count + 1", _LAST),
        _changed(FUNNELS, "reached_count = null", _LAST),
        _changed(FUNNELS, "dropped_count = dropped_count + 1", _LAST),
        _changed(FUNNELS, "pending_count = entered_count + 1", _LAST),
        _changed(FUNNELS, "excluded_count = excluded_count + 1"),
        _changed(FUNNELS, "total_seconds = -1"),
        _lost(FUNNELS, _ALL),
        _lost(FUNNELS, "period <> 'all' and reached_count > 0"),
        _lost(FUNNEL_REASONS),
        _changed(FUNNEL_REASONS, "excluded_count = excluded_count + 1"),
        f"insert into {FUNNEL_REASONS} values ('unheard_of', 'all', 'called', 1)",
    ),
    "assert_credits_sum_to_conversions": (
        _changed(CREDITS, "credit = credit - 0.000001"),
        _changed(CREDITS, "credit = null"),
        _changed(CREDITS, "value = value + 0.01", "value > 0"),
        _changed(CREDITS, "model = 'guess'"),
        _lost(CREDITS, "channel = 'none'"),
        _lost(CREDITS, "model = 'linear' and credit < 1"),
        _doubled(CREDITS, "'again' as channel"),
        f"delete from {CREDITS} where conversion_id = (select min(conversion_id) from {CREDITS})",
        _changed(CHANNELS, "credit = credit + 1", "model = 'markov'"),
        _changed(CHANNELS, "credit = credit + 1", "model = 'position'"),
        _changed(CHANNELS, "value = value + 0.01", "model = 'markov'"),
        _changed(CHANNELS, "value = null"),
        _changed(CHANNELS, "conversion_count = conversion_count + 1"),
        _changed(CHANNELS, "channel = 'again'", "model = 'last'"),
        _lost(CHANNELS, "credit > 0"),
        f"delete from {CHANNELS} where model = 'markov'",
        f"delete from {CHANNELS} where month = (select min(month) from {CHANNELS})",
    ),
    "assert_cohorts_add_up": (
        *(_changed(COHORTS, f"{n} = {n} + 1") for n in ("start_count", "retained_count")),
        *(_changed(COHORTS, f"{n} = {n} + 1") for n in ("lost_count", "pending_count")),
        _changed(COHORTS, "lost_count = null"),
        _changed(COHORTS, "retained_count = start_count + 1, lost_count = -1 - pending_count"),
        _changed(
            COHORTS,
            "retained_count = retained_count - 1, lost_count = lost_count + 1",
            "period_number = 0 and retained_count > 0",
        ),
        _changed(
            COHORTS,
            "retained_count = 0, lost_count = lost_count + retained_count",
            "variant = 'unbounded' and period_number = 1 and retained_count > 0",
        ),
        _lost(COHORTS, "period_number = 0"),
        _lost(COHORTS, "variant = 'unbounded' and period_number = 1"),
        f"delete from {COHORTS} where variant = 'month'",
        f"delete from {COHORTS} where basis = 'first_touch'",
    ),
}

# The rule of each mart that is broken, and how.
CONVERSION_MART_FAULTS: dict[str, tuple[str, ...]] = {
    "agg_funnels": ("pending_count not negative", "pending_count = -1"),
    "agg_attribution": ("credit_share from 0 to 1", "credit_share = 1.5"),
    "fct_attribution": ("touch_count not negative", "touch_count = -1"),
    "agg_pain_points": ("rank_stability from 0 to 1", "rank_stability = 1.5"),
    "fct_pain_points": ("pain_point_id is never null", "pain_point_id = null"),
    "agg_retention": ("pending_count not negative", "pending_count = -1"),
    "agg_funnel_exclusions": ("reason is never null", "reason = null"),
}
