create table marts."agg_channel_switches" as
-- Each pair of channels that journeys switch between, and what became of the context: carried, lost, or nothing to carry.
with counted as (
    select
        prev_channel as from_channel,
        channel as to_channel,
        count(*) as switch_count,
        count(case when switch_context = 'carried' then 1 end) as carried_count,
        count(case when switch_context = 'lost' then 1 end) as lost_count,
        count(case when switch_basis = 'identity_again' then 1 end) as identity_again_count,
        count(case when switch_context = 'not_applicable' then 1 end) as not_applicable_count,
        count(distinct journey_id) as journey_count,
        count(distinct person_id) as person_count,
        cast(sum(seconds_since_prev) as bigint) as total_seconds
    from "marts"."fct_touchpoints"
    where is_switch
    group by prev_channel, channel
)

select
    from_channel,
    to_channel,
    switch_count,
    carried_count,
    lost_count,
    identity_again_count,
    not_applicable_count,
    journey_count,
    person_count,
    total_seconds,
    case when (carried_count + lost_count) > 0 then least(greatest(
    cast((cast(carried_count as double) / nullif((carried_count + lost_count), 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * (carried_count + lost_count), 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(carried_count as double) / nullif((carried_count + lost_count), 0)) * (1 - (cast(carried_count as double) / nullif((carried_count + lost_count), 0))) as double) / nullif((carried_count + lost_count), 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast((carried_count + lost_count) as double) * (carried_count + lost_count), 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif((carried_count + lost_count), 0), 0),
    0.0), 1.0) end as carried_low,
    case when (carried_count + lost_count) > 0 then least(greatest(
    cast((cast(carried_count as double) / nullif((carried_count + lost_count), 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * (carried_count + lost_count), 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(carried_count as double) / nullif((carried_count + lost_count), 0)) * (1 - (cast(carried_count as double) / nullif((carried_count + lost_count), 0))) as double) / nullif((carried_count + lost_count), 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast((carried_count + lost_count) as double) * (carried_count + lost_count), 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif((carried_count + lost_count), 0), 0),
    0.0), 1.0) end as carried_high
from counted;
