-- Why: every touchpoint is gone to once and left once, every journey starts once and ends once, and a share of the
-- steps from a state rests on all steps from it. A row here is a state with lost or doubled steps.
{{ config(meta={'dagster': {'ref': {'name': 'agg_transitions'}}}) }}

with touchpoints as (
    select stage, channel, count(*) as touchpoint_count
    from {{ ref('fct_touchpoints') }}
    group by stage, channel
    union all
    select edge, edge, journey_count
    from (select count(distinct person_id) as journey_count from {{ ref('fct_touchpoints') }}) as j
    cross join (select 'start' as edge union all select 'end') as edges
    where journey_count > 0
),

came as (
    select to_stage as stage, to_channel as channel, sum(transition_count) as step_count
    from {{ ref('agg_transitions') }}
    group by to_stage, to_channel
),

went as (
    select
        from_stage as stage,
        from_channel as channel,
        sum(transition_count) as step_count,
        min(from_count) as lowest_from_count,
        max(from_count) as highest_from_count
    from {{ ref('agg_transitions') }}
    group by from_stage, from_channel
),

states as (
    select stage, channel from touchpoints
    union
    select stage, channel from came
    union
    select stage, channel from went
)

select
    s.stage,
    s.channel,
    t.touchpoint_count,
    c.step_count as came_count,
    w.step_count as went_count
from states as s
left join touchpoints as t on t.stage = s.stage and t.channel = s.channel
left join came as c on c.stage = s.stage and c.channel = s.channel
left join went as w on w.stage = s.stage and w.channel = s.channel
where true is distinct from (
    (s.stage = 'start' or c.step_count = t.touchpoint_count)
    and (s.stage = 'end' or w.step_count = t.touchpoint_count)
    and coalesce(w.lowest_from_count, w.step_count) is not distinct from w.step_count
    and coalesce(w.highest_from_count, w.step_count) is not distinct from w.step_count
)
