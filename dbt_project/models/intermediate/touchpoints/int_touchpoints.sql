{{ config(materialized='view') }}
-- One row per touchpoint of anybody, known or not: what happened, when, by which channel, and what came of it. A session
-- whose cookie is shared by many is its login's.
with rules as ({{ stage_rule_rows() }}),

touches as (
    select
        touchpoint_id,
        source,
        source_id,
        kind,
        detail,
        channel,
        rule_number,
        outcome,
        outcome_at,
        effort_count,
        cast(null as decimal(18, 3)) as wait_seconds,
        cast(null as decimal(18, 2)) as ces_score,
        cast(null as varchar) as emotion,
        cast(null as varchar) as reference,
        cast(null as varchar) as reason,
        0 as bounce_count,
        false as asks_identity,
        other_token is not null as knows_identity,
        token,
        other_token,
        occurred_at
    from {{ ref('int_web_touches') }}
    union all
    select
        touchpoint_id, source, source_id, kind, detail, channel, rule_number, outcome, outcome_at, effort_count, wait_seconds,
        ces_score, emotion, reference, reason, bounce_count, asks_identity, knows_identity, token, null, occurred_at
    from {{ ref('int_record_touches') }}
)

select
    t.touchpoint_id,
    t.source,
    t.source_id,
    t.kind,
    t.detail,
    t.channel,
    r.touchpoint,
    r.stage,
    t.rule_number,
    case when r.touchpoint = 'free_trial' and t.kind = 'subscription' then 'started' else t.outcome end as outcome,
    t.outcome_at,
    t.effort_count,
    t.wait_seconds,
    t.ces_score,
    t.emotion,
    t.reference,
    t.reason,
    t.bounce_count,
    t.asks_identity,
    t.knows_identity,
    t.token,
    t.other_token,
    t.occurred_at
from touches as t
inner join rules as r on r.rule_number = t.rule_number
