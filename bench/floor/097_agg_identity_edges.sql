create table marts."agg_identity_edges" as
-- Edges of identity by the rule that made them and what became of them: what joins is counted as what does not. A line
-- of identity_deny.csv is an edge too, that keeps apart.
with quarantined as (
    select token, reason from "intermediate"."int_identity_capped"
),

edges as (
    select
        e.rule,
        e.kind,
        e.other_kind,
        coalesce(least(a.reason, b.reason), 'joined') as outcome,
        e.seen_at
    from "intermediate"."int_identity_edges" as e
    left join quarantined as a on a.token = e.token
    left join quarantined as b on b.token = e.other_token
),

known as (
    select token, kind, person_id from "intermediate"."int_person_tokens"
    union all
    select token, kind, cast(null as varchar) as person_id from "intermediate"."int_identity_capped" where not is_person
),

told as (
    select rule, kind, other_kind, outcome, seen_at from edges
    union all
    select
        'identity_deny.csv' as rule,
        coalesce(a.kind, 'unknown') as kind,
        coalesce(b.kind, 'unknown') as other_kind,
        case
            when a.token is null or b.token is null then 'unknown token'
            when a.person_id = b.person_id then 'still joined'
            else 'kept apart'
        end as outcome,
        cast(null as timestamp) as seen_at
    from (
    select cast(null as varchar) as token, cast(null as varchar) as other_token where false
) as d
    left join known as a on a.token = d.token
    left join known as b on b.token = d.other_token
)

select
    rule,
    kind,
    other_kind,
    outcome,
    count(*) as edge_count,
    min(seen_at) as first_seen_at,
    max(seen_at) as last_seen_at
from told
group by rule, kind, other_kind, outcome;
