create table marts."agg_segment_transitions" as
-- How touchpoints follow each other, by segment: that of the person on the day of the later touchpoint, and for the end
-- of a journey on the day of the last. Before a person has a segment it is `unknown`.
with steps as (
    select
        person_id,
        local_date,
        coalesce(prev_stage, 'start') as from_stage,
        coalesce(prev_channel, 'start') as from_channel,
        stage as to_stage,
        channel as to_channel,
        seconds_since_prev
    from "marts"."fct_touchpoints"
    union all
    select
        t.person_id,
        t.local_date,
        t.stage as from_stage,
        t.channel as from_channel,
        'end' as to_stage,
        'end' as to_channel,
        cast(null as bigint) as seconds_since_prev
    from "marts"."fct_touchpoints" as t
    inner join (
        select person_id, max(step) as step from "marts"."fct_touchpoints" group by person_id
    ) as last_step on last_step.person_id = t.person_id and last_step.step = t.step
),

counted as (
    select
        x.scheme,
        coalesce(m.segment, 'unknown') as segment,
        s.from_stage,
        s.from_channel,
        s.to_stage,
        s.to_channel,
        count(*) as transition_count,
        count(distinct s.person_id) as person_count,
        count(s.seconds_since_prev) as timed_count,
        cast(coalesce(sum(s.seconds_since_prev), 0) as bigint) as total_seconds
    from steps as s
    cross join (select distinct scheme from "marts"."dim_segments") as x
    left join "marts"."fct_segment_membership" as m
        on m.person_id = s.person_id and m.scheme = x.scheme
        and s.local_date >= m.valid_from and (m.valid_to is null or s.local_date < m.valid_to)
    group by x.scheme, coalesce(m.segment, 'unknown'), s.from_stage, s.from_channel, s.to_stage, s.to_channel
),

shared as (
    select
        c.*,
        sum(transition_count) over (partition by scheme, segment, from_stage, from_channel) as from_count
    from counted as c
)

select
    scheme,
    segment,
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
