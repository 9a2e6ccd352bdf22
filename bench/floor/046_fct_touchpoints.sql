create table marts."fct_touchpoints" as
-- The journey of each person, in order. Only what came before is stored: a later touchpoint changes no row before it.
with persons as (
    select
        t.*,
        coalesce(p.person_id, l.person_id) as person_id,
        coalesce(p.person_number, l.person_number) as person_number
    from "intermediate"."int_touchpoints" as t
    left join "intermediate"."int_person_tokens" as p on p.token = t.token
    left join "intermediate"."int_person_tokens" as l on l.token = t.other_token
    where coalesce(p.person_id, l.person_id) is not null
),

ordered as (
    select
        *,
        row_number() over (partition by person_number order by occurred_at, kind, touchpoint_id) as step,
        lag(touchpoint_id) over (partition by person_number order by occurred_at, kind, touchpoint_id) as prev_touchpoint_id,
        lag(kind) over (partition by person_number order by occurred_at, kind, touchpoint_id) as prev_kind,
        lag(channel) over (partition by person_number order by occurred_at, kind, touchpoint_id) as prev_channel,
        lag(stage) over (partition by person_number order by occurred_at, kind, touchpoint_id) as prev_stage,
        lag(occurred_at) over (partition by person_number order by occurred_at, kind, touchpoint_id) as prev_at
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
    1 as stage_version,
    prev_touchpoint_id,
    prev_kind,
    prev_channel,
    prev_stage,
    cast(floor(cast(/*engine*/ epoch_us(occurred_at) /*end*/ - /*engine*/ epoch_us(prev_at) /*end*/ as double) / 1000000) as bigint) as seconds_since_prev,
    occurred_at,
    prev_at,
    cast(occurred_at as date) as local_date
from ordered;
