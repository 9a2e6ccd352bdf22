"""What is planted to make the checks of funnels, attribution and retention fail."""

FUNNELS, FUNNEL_REASONS = "marts.agg_funnels", "marts.agg_funnel_exclusions"


def _changed(table: str, what: str, where: str = "true") -> str:
    return f"update {table} set {what} where rowid = (select min(rowid) from {table} where {where})"


def _lost(table: str, where: str = "true") -> str:
    return f"delete from {table} where rowid = (select min(rowid) from {table} where {where})"


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
}

# The rule of each mart that is broken, and how.
CONVERSION_MART_FAULTS: dict[str, tuple[str, ...]] = {
    "agg_funnels": ("pending_count not negative", "pending_count = -1"),
    "agg_funnel_exclusions": ("reason is never null", "reason = null"),
}
