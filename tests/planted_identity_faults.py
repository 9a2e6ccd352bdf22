"""What is planted to make the blocking checks of identity fail."""

EDGES, CAPPED = "marts.agg_identity_edges", "intermediate.int_identity_capped"
TOKENS, SEEN = "intermediate.int_person_tokens", "intermediate.int_identity_edges"

IDENTITY_FAULTS: dict[str, tuple[str, ...]] = {
    "assert_edges_join_or_say_why": (
        f"update {EDGES} set edge_count = edge_count + 1 where rule = 'survey_recipient'",
        f"update {EDGES} set outcome = 'shared' where rule = 'survey_recipient'",
        f"delete from {EDGES} where rule = 'survey_recipient'",
        f"delete from {EDGES}",
        f"delete from {SEEN} where rule = 'survey_recipient'",
        f"update {TOKENS} set person_id = 'other' where token = (select min(token) from {SEEN})",
        f"delete from {TOKENS} where token = (select max(other_token) from {SEEN})",
        f"delete from {CAPPED}",
    ),
}

IDENTITY_MART_FAULTS = {
    "agg_identity_edges": ("edge_count not negative", "edge_count = -1"),
    "dim_channel_rules": ("precedence is never null", "precedence = null"),
}
