create table marts."fct_journeys" as
-- Each journey of a person, from what set it off to what came of it: its touchpoints counted, its first outcome, its
-- path, and whether it may still go on.

with touches as (
    select * from "marts"."fct_touchpoints" as t
),

first_outcomes as (
    select
        journey_id,
        min(journey_step) as outcome_step
    from touches
    where case outcome when 'converted' then 'order' when 'cancelled' then 'cancellation' when 'renewed' then 'renewal' when 'solved' then 'solved' end is not null
    group by journey_id
),

counted as (
    select
        journey_id,
        person_id,
        min(journey_trigger) as journey_trigger,
        count(*) as touch_count,
        count(distinct channel) as channel_count,
        count(case when kind = 'contact' then 1 end) as contact_count,
        count(case when is_switch then 1 end) as switch_count,
        count(case when switch_context = 'carried' then 1 end) as carried_count,
        count(case when switch_context = 'lost' then 1 end) as lost_count,
        count(case when is_repeat_contact then 1 end) as repeat_contact_count,
        count(case when is_channel_hop then 1 end) as channel_hop_count,
        cast(sum(bounce_count) as bigint) as team_bounce_count,
        count(case when emotion = 'negative' then 1 end) as negative_count,
        count(case when emotion = 'positive' then 1 end) as positive_count,
        cast(sum(effort_count) as bigint) as effort_count,
        cast(sum(wait_seconds) as decimal(18, 3)) as wait_seconds,
        max(case outcome when 'converted' then outcome_at + interval 1 day when 'cancelled' then outcome_at + interval 1 day when 'renewed' then outcome_at + interval 1 day when 'solved' then outcome_at + interval 7 day end) as over_at,
        min(case when journey_step = 1 then channel end) as first_channel,
        min(case when journey_step = 1 then touchpoint end) as first_touchpoint,
        min(case when journey_step = 1 then stage end) as first_stage,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from touches
    group by journey_id, person_id
),

-- stage and channel each time one of them changes, the first of them as one text
turns as (
    select
        journey_id,
        stage || ' (' || channel || ')' as place,
        row_number() over (partition by journey_id order by journey_step) as turn
    from touches
    where journey_step = 1 or stage <> prev_stage or channel <> prev_channel
),

paths as (
    select
        journey_id,
        max(turn) as turn_count,
        /*engine*/ string_agg(case when turn <= 6 then place end, ' > ' order by turn) /*end*/ as path
    from turns
    group by journey_id
),

ended as (
    select
        c.*,
        l.channel as last_channel,
        l.touchpoint as last_touchpoint,
        l.stage as last_stage,
        l.outcome as last_outcome,
        l.emotion as last_emotion,
        coalesce(case o.outcome when 'converted' then 'order' when 'cancelled' then 'cancellation' when 'renewed' then 'renewal' when 'solved' then 'solved' end, 'none') as outcome,
        o.outcome_at,
        c.ended_at >= timestamp '{as_of_at}' - interval 30 day
            and coalesce(c.over_at >= timestamp '{as_of_at}', true) as is_open,
        p.turn_count,
        p.path
    from counted as c
    inner join touches as l on l.journey_id = c.journey_id and l.journey_step = c.touch_count
    left join first_outcomes as s on s.journey_id = c.journey_id
    left join touches as o on o.journey_id = c.journey_id and o.journey_step = s.outcome_step
    inner join paths as p on p.journey_id = c.journey_id
)

select
    journey_id,
    person_id,
    journey_trigger,
    outcome,
    is_open,
    is_open and outcome = 'none' as is_censored,
    not is_open and outcome in ('none', 'cancellation') and (
        lost_count + repeat_contact_count + channel_hop_count + team_bounce_count > 0
        or coalesce(last_outcome = 'abandoned', false)
        or coalesce(last_emotion = 'negative', false)
    ) as is_broken,
    path || case when turn_count > 6 then ' > ...' else '' end as path,
    first_channel,
    first_touchpoint,
    first_stage,
    last_channel,
    last_touchpoint,
    last_stage,
    touch_count,
    channel_count,
    contact_count,
    switch_count,
    carried_count,
    lost_count,
    repeat_contact_count,
    channel_hop_count,
    team_bounce_count,
    positive_count,
    negative_count,
    effort_count,
    wait_seconds,
    cast(floor(cast(/*engine*/ epoch_us(ended_at) /*end*/ - /*engine*/ epoch_us(started_at) /*end*/ as double) / 1000000) as bigint) as duration_seconds,
    cast(floor(cast(/*engine*/ epoch_us(outcome_at) /*end*/ - /*engine*/ epoch_us(started_at) /*end*/ as double) / 1000000) as bigint) as seconds_to_outcome,
    started_at,
    ended_at,
    outcome_at,
    cast(started_at as date) as local_date
from ended;
