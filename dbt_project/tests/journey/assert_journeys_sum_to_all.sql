-- Why: a share of journeys rests on all of them. Each journey is in one value of every dimension and on one path; what
-- is not censored has ended; what ended is counted once. A row here is a dimension, or the paths, where that fails.
{{ config(meta={'dagster': {'ref': {'name': 'agg_journeys'}}}) }}

with journeys as (
    select
        count(*) as journey_count,
        count(distinct person_id) as person_count,
        count(case when is_censored then 1 end) as censored_count,
        count(case when outcome in ('order', 'renewal') then 1 end) as converted_count,
        count(case when outcome = 'none' and not is_censored then 1 end) as dropped_count,
        count(case when is_broken then 1 end) as broken_count
    from {{ ref('fct_journeys') }}
),

names as (
    select 'all' as dimension from journeys where journey_count > 0
    union all
    select 'journey_trigger' from journeys where journey_count > 0
    union all
    select 'first_channel' from journeys where journey_count > 0
    union all
    select 'outcome' from journeys where journey_count > 0
    union all
    select 'last_stage' from journeys where journey_count > 0
    union all
    select 'path' from journeys where journey_count > 0
),

told as (
    select
        dimension, journey_count, censored_count, ended_count, converted_count, dropped_count, broken_count,
        all_journey_count, all_ended_count
    from {{ ref('agg_journeys') }}
    where dimension <> 'loop'
    union all
    select
        'path', journey_count, censored_count, ended_count, converted_count, null, broken_count,
        null, null
    from {{ ref('agg_paths') }}
),

summed as (
    select
        dimension,
        sum(journey_count) as journey_count,
        sum(censored_count) as censored_count,
        sum(ended_count) as ended_count,
        sum(converted_count) as converted_count,
        sum(dropped_count) as dropped_count,
        sum(broken_count) as broken_count,
        min(all_journey_count) as lowest_all,
        max(all_journey_count) as highest_all,
        min(all_ended_count) as lowest_ended,
        max(all_ended_count) as highest_ended
    from told
    group by dimension
),

loops as (
    select 'repeat_contact' as dimension_value, count(*) as journey_count, sum(repeat_contact_count) as loop_count
    from {{ ref('fct_journeys') }} where repeat_contact_count > 0
    union all
    select 'channel_hop', count(*), sum(channel_hop_count) from {{ ref('fct_journeys') }} where channel_hop_count > 0
    union all
    select 'team_bounce', count(*), sum(team_bounce_count) from {{ ref('fct_journeys') }} where team_bounce_count > 0
)

select coalesce(n.dimension, s.dimension) as dimension, s.journey_count, j.journey_count as expected_count
from names as n
full outer join summed as s on s.dimension = n.dimension
cross join journeys as j
where true is distinct from (
    s.journey_count = j.journey_count
    and s.censored_count = j.censored_count
    and s.ended_count = j.journey_count - j.censored_count
    and s.converted_count = j.converted_count
    and s.broken_count = j.broken_count
    and (s.dimension = 'path' or (
        s.dropped_count = j.dropped_count
        and s.lowest_all = j.journey_count
        and s.highest_all = j.journey_count
        and s.lowest_ended = j.journey_count - j.censored_count
        and s.highest_ended = j.journey_count - j.censored_count
    ))
)
union all
select 'loop', a.journey_count, l.journey_count
from loops as l
full outer join (select * from {{ ref('agg_journeys') }} where dimension = 'loop') as a on a.dimension_value = l.dimension_value
where (l.journey_count > 0 or a.journey_count is not null)
    and true is distinct from (a.journey_count = l.journey_count and a.loop_count = l.loop_count)
