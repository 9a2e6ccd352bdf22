-- Why: what comes into a state of the journey goes out of it. Every journey starts once and ends once, and every
-- touchpoint is gone to once and left once; a failure means lost or doubled steps.
{{ config(meta={'dagster': {'ref': {'name': 'agg_transitions'}}}) }}

with flows as (
    select to_stage as stage, to_channel as channel, transition_count as flow from {{ ref('agg_transitions') }}
    union all
    select from_stage, from_channel, -transition_count from {{ ref('agg_transitions') }}
),

journeys as (
    select count(distinct person_id) as journey_count from {{ ref('fct_touchpoints') }}
)

select
    f.stage,
    f.channel,
    cast(sum(f.flow) as bigint) as surplus
from flows as f
cross join journeys as j
group by f.stage, f.channel, j.journey_count
having not (
    cast(sum(f.flow) as bigint)
    = case f.stage when 'start' then -j.journey_count when 'end' then j.journey_count else 0 end
)
