-- Contacts offered are those answered and those abandoned, as fct_contacts has them; no queue has more than all of them, and
-- occupancy stands where staff is known. A row here is a half hour, or a dimension, of which one of these does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'agg_channel_load'}}}) }}
with contacts as (

    select
        count(*) as offered,
        count(case when is_answered then 1 end) as answered
    from {{ ref('fct_contacts') }}
    where is_offered and queue_entered_at is not null and coalesce(queue, channel) is not null

),

loads as (

    select
        dimension,
        sum(offered) as offered,
        sum(answered) as answered
    from {{ ref('agg_channel_load') }}
    group by dimension

)

select
    l.dimension,
    cast(null as timestamp) as started_at
from (select 'all' as dimension union all select 'queue' as dimension) as d
cross join contacts as c
left join loads as l on l.dimension = d.dimension
where coalesce(l.offered, 0) <> c.offered or coalesce(l.answered, 0) <> c.answered
union all
select
    q.dimension_value as dimension,
    q.started_at
from {{ ref('agg_channel_load') }} as q
left join {{ ref('agg_channel_load') }} as a on a.dimension = 'all' and a.started_at = q.started_at
where q.dimension not in ('all', 'queue')
    or a.started_at is null
    or q.work_seconds > a.work_seconds
    or q.offered > a.offered
    or q.offered is distinct from q.answered + q.abandoned
    or (q.occupancy is null) <> (coalesce(q.staffed_seconds, 0) = 0)
    or (q.is_over_capacity is null) <> (q.staffed_seconds is null or q.demand_seconds is null)
    or q.is_over_capacity <> (q.demand_seconds > q.staffed_seconds)
    or q.half_hour < 0 or q.half_hour > 47
