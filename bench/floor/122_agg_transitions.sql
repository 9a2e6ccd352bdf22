create table marts."agg_transitions" as
-- How touchpoints follow each other. A journey comes from the state `start` and, so far, goes to `end`.
with followed as (
    select
        coalesce(prev_stage, 'start') as from_stage,
        coalesce(prev_channel, 'start') as from_channel,
        stage as to_stage,
        channel as to_channel,
        count(*) as transition_count,
        count(distinct person_id) as person_count,
        count(seconds_since_prev) as timed_count,
        cast(coalesce(sum(seconds_since_prev), 0) as bigint) as total_seconds
    from "marts"."fct_touchpoints"
    group by coalesce(prev_stage, 'start'), coalesce(prev_channel, 'start'), stage, channel
),

-- a state is left as often as it is come to: where nothing follows, a journey ends so far, and each person has one end
states as (
    select to_stage as stage, to_channel as channel, transition_count as balance from followed
    union all
    select from_stage as stage, from_channel as channel, -transition_count as balance from followed
),

counted as (
    select * from followed
    union all
    select
        stage as from_stage,
        channel as from_channel,
        'end' as to_stage,
        'end' as to_channel,
        cast(sum(balance) as bigint) as transition_count,
        cast(sum(balance) as bigint) as person_count,
        cast(0 as bigint) as timed_count,
        cast(0 as bigint) as total_seconds
    from states
    where stage <> 'start'
    group by stage, channel
    having sum(balance) > 0
),

shared as (
    select
        c.*,
        sum(transition_count) over (partition by from_stage, from_channel) as from_count
    from counted as c
)

select
    from_stage,
    from_channel,
    to_stage,
    to_channel,
    transition_count,
    cast(from_count as bigint) as from_count,
    person_count,
    timed_count,
    total_seconds,
    case when from_count > 0 then least(greatest(
    cast((cast(transition_count as double) / nullif(from_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * from_count, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(transition_count as double) / nullif(from_count, 0)) * (1 - (cast(transition_count as double) / nullif(from_count, 0))) as double) / nullif(from_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(from_count as double) * from_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(from_count, 0), 0),
    0.0), 1.0) end as low,
    case when from_count > 0 then least(greatest(
    cast((cast(transition_count as double) / nullif(from_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * from_count, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(transition_count as double) / nullif(from_count, 0)) * (1 - (cast(transition_count as double) / nullif(from_count, 0))) as double) / nullif(from_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(from_count as double) * from_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(from_count, 0), 0),
    0.0), 1.0) end as high
from shared;
