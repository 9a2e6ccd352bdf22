create table marts."agg_journeys" as
-- Journeys counted by what they are: all, by trigger, first channel, outcome, the stage where they end, and the loops
-- they go through. Open journeys without outcome are counted apart: nobody knows yet how they end.

with told as (
    select 'all' as dimension, 'all' as dimension_value, 0 as loop_count, j.* from "marts"."fct_journeys" as j
    union all
    select 'journey_trigger', j.journey_trigger, 0, j.* from "marts"."fct_journeys" as j
    union all
    select 'first_channel', j.first_channel, 0, j.* from "marts"."fct_journeys" as j
    union all
    select 'outcome', j.outcome, 0, j.* from "marts"."fct_journeys" as j
    union all
    select 'last_stage', j.last_stage, 0, j.* from "marts"."fct_journeys" as j
    union all
    select 'loop', 'repeat_contact', j.repeat_contact_count, j.* from "marts"."fct_journeys" as j where j.repeat_contact_count > 0
    union all
    select 'loop', 'channel_hop', j.channel_hop_count, j.* from "marts"."fct_journeys" as j where j.channel_hop_count > 0
    union all
    select 'loop', 'team_bounce', j.team_bounce_count, j.* from "marts"."fct_journeys" as j where j.team_bounce_count > 0
),

counted as (
    select
        dimension,
        dimension_value,
        count(*) as journey_count,
        count(distinct person_id) as person_count,
        count(case when is_censored then 1 end) as censored_count,
        count(case when not is_censored then 1 end) as ended_count,
        count(case when outcome in ('order', 'renewal') then 1 end) as converted_count,
        count(case when outcome = 'none' and not is_censored then 1 end) as dropped_count,
        count(case when is_broken then 1 end) as broken_count,
        cast(sum(loop_count) as bigint) as loop_count,
        cast(sum(effort_count) as bigint) as effort_count,
        cast(sum(duration_seconds) as bigint) as total_seconds
    from told
    group by dimension, dimension_value
),

whole as (
    select
        c.*,
        sum(case when dimension = 'all' then journey_count end) over () as all_journey_count,
        sum(case when dimension = 'all' then ended_count end) over () as all_ended_count
    from counted as c
)

select
    dimension,
    dimension_value,
    journey_count,
    cast(all_journey_count as bigint) as all_journey_count,
    person_count,
    censored_count,
    ended_count,
    cast(all_ended_count as bigint) as all_ended_count,
    converted_count,
    dropped_count,
    broken_count,
    loop_count,
    effort_count,
    total_seconds,
    case when all_journey_count > 0 then least(greatest(
    cast((cast(journey_count as double) / nullif(all_journey_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * all_journey_count, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(journey_count as double) / nullif(all_journey_count, 0)) * (1 - (cast(journey_count as double) / nullif(all_journey_count, 0))) as double) / nullif(all_journey_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(all_journey_count as double) * all_journey_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(all_journey_count, 0), 0),
    0.0), 1.0) end as journey_low,
    case when all_journey_count > 0 then least(greatest(
    cast((cast(journey_count as double) / nullif(all_journey_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * all_journey_count, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(journey_count as double) / nullif(all_journey_count, 0)) * (1 - (cast(journey_count as double) / nullif(all_journey_count, 0))) as double) / nullif(all_journey_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(all_journey_count as double) * all_journey_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(all_journey_count, 0), 0),
    0.0), 1.0) end as journey_high,
    case when ended_count > 0 then least(greatest(
    cast((cast(converted_count as double) / nullif(ended_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * ended_count, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(converted_count as double) / nullif(ended_count, 0)) * (1 - (cast(converted_count as double) / nullif(ended_count, 0))) as double) / nullif(ended_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(ended_count as double) * ended_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(ended_count, 0), 0),
    0.0), 1.0) end as converted_low,
    case when ended_count > 0 then least(greatest(
    cast((cast(converted_count as double) / nullif(ended_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * ended_count, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(converted_count as double) / nullif(ended_count, 0)) * (1 - (cast(converted_count as double) / nullif(ended_count, 0))) as double) / nullif(ended_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(ended_count as double) * ended_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(ended_count, 0), 0),
    0.0), 1.0) end as converted_high,
    case when all_ended_count > 0 then least(greatest(
    cast((cast(dropped_count as double) / nullif(all_ended_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * all_ended_count, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(dropped_count as double) / nullif(all_ended_count, 0)) * (1 - (cast(dropped_count as double) / nullif(all_ended_count, 0))) as double) / nullif(all_ended_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(all_ended_count as double) * all_ended_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(all_ended_count, 0), 0),
    0.0), 1.0) end as dropped_low,
    case when all_ended_count > 0 then least(greatest(
    cast((cast(dropped_count as double) / nullif(all_ended_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * all_ended_count, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(dropped_count as double) / nullif(all_ended_count, 0)) * (1 - (cast(dropped_count as double) / nullif(all_ended_count, 0))) as double) / nullif(all_ended_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(all_ended_count as double) * all_ended_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(all_ended_count, 0), 0),
    0.0), 1.0) end as dropped_high
from whole;
