-- The journey of each person, in order. Only what came before is stored: a later touchpoint changes no row before it.
with persons as (
    select
        t.*,
        coalesce(p.person_id, l.person_id) as person_id,
        coalesce(p.person_number, l.person_number) as person_number
    from {{ ref('int_touchpoints') }} as t
    left join {{ ref('int_person_tokens') }} as p on p.token = t.token
    left join {{ ref('int_person_tokens') }} as l on l.token = t.other_token
    where coalesce(p.person_id, l.person_id) is not null
),

{%- set by_time = 'partition by person_number order by occurred_at, kind, touchpoint_id' %}

ordered as (
    select
        *,
        row_number() over ({{ by_time }}) as step,
        lag(touchpoint_id) over ({{ by_time }}) as prev_touchpoint_id,
        lag(kind) over ({{ by_time }}) as prev_kind,
        lag(channel) over ({{ by_time }}) as prev_channel,
        lag(stage) over ({{ by_time }}) as prev_stage,
        lag(occurred_at) over ({{ by_time }}) as prev_at
    from persons
)

select
    touchpoint_id,
    person_id,
    step,
    source,
    kind,
    detail,
    channel,
    stage,
    {{ stage_rules_version() }} as stage_version,
    prev_touchpoint_id,
    prev_kind,
    prev_channel,
    prev_stage,
    {{ seconds_between('prev_at', 'occurred_at') }} as seconds_since_prev,
    occurred_at,
    prev_at,
    {{ local_date('occurred_at') }} as local_date
from ordered
