-- Why: a step is made in one segment of each scheme, that of its day. Steps of the segments of a scheme sum to those of
-- everybody. A row here is a step that a scheme lost or counted twice: segments that overlap or leave days out.
{{ config(meta={'dagster': {'ref': {'name': 'agg_segment_transitions'}}}) }}

with summed as (
    select
        scheme,
        from_stage,
        from_channel,
        to_stage,
        to_channel,
        sum(transition_count) as transition_count,
        sum(timed_count) as timed_count,
        sum(total_seconds) as total_seconds
    from {{ ref('agg_segment_transitions') }}
    group by scheme, from_stage, from_channel, to_stage, to_channel
),

expected as (
    select s.scheme, t.*
    from {{ ref('agg_transitions') }} as t
    cross join (select distinct scheme from {{ ref('dim_segments') }}) as s
),

shares as (
    select scheme, segment, from_stage, from_channel, sum(transition_count) as from_count,
        min(from_count) as lowest_from_count, max(from_count) as highest_from_count
    from {{ ref('agg_segment_transitions') }}
    group by scheme, segment, from_stage, from_channel
)

select
    coalesce(e.scheme, s.scheme) as scheme,
    coalesce(e.from_stage, s.from_stage) as from_stage,
    coalesce(e.from_channel, s.from_channel) as from_channel,
    e.transition_count as expected_count,
    cast(s.transition_count as bigint) as transition_count
from expected as e
full outer join summed as s
    on s.scheme = e.scheme and s.from_stage = e.from_stage and s.from_channel = e.from_channel
    and s.to_stage = e.to_stage and s.to_channel = e.to_channel
where true is distinct from (
    s.transition_count = e.transition_count and s.timed_count = e.timed_count and s.total_seconds = e.total_seconds
)
union all
select scheme, from_stage, from_channel, highest_from_count, cast(from_count as bigint)
from shares
where true is distinct from (lowest_from_count = from_count and highest_from_count = from_count)
