-- How busy each queue was, half hour by half hour, against who was there: the time in which agents worked, the time in which they
-- were there, and whether what came in was more than they could do. The time of stretches is cut where anything begins or ends
-- and at each half hour. A stretch of more than a day is a slip of the switch and counts nowhere.
{%- set half_us, day_us = 1800000000, 86400000000 %}
{%- set zone = "'" ~ var('reporting_zone', 'UTC') ~ "'" %}
{%- set until_now = 'partition by dimension, dimension_value order by at_us rows between unbounded preceding and current row' %}
with contacts as (

    select
        contact_id,
        coalesce(queue, channel) as queue,
        is_offered,
        is_answered,
        is_abandoned,
        handle_seconds,
        {{ epoch_us('queue_entered_at') }} as entered_us
    from {{ ref('fct_contacts') }}
    where excluded_reason is null

),

agents_there as (

    select
        queue,
        agent_token,
        {{ epoch_us('started_at') }} as from_us,
        {{ epoch_us('case when ended_at < ' ~ as_of_at() ~ ' then ended_at else ' ~ as_of_at() ~ ' end') }} as to_us
    from {{ ref('staffing') }}
    where state in ('available', 'busy') and started_at < {{ as_of_at() }}

),

levels as (

    select 'all' as dimension
    union all
    select 'queue' as dimension

),

shifts as (

    select
        l.dimension,
        case when l.dimension = 'all' then 'all' else a.queue end as dimension_value,
        a.agent_token,
        a.from_us,
        a.to_us
    from agents_there as a
    cross join levels as l
    where a.to_us - a.from_us <= {{ day_us }}
        and (l.dimension = 'all' or a.queue is not null)

),

stretches as (

    select
        l.dimension,
        case when l.dimension = 'all' then 'all' else c.queue end as dimension_value,
        'work' as kind,
        1 as weight,
        {{ epoch_us('s.started_at') }} as from_us,
        {{ epoch_us('s.ended_at') }} as to_us
    from {{ ref('contact_segments') }} as s
    inner join contacts as c on c.contact_id = s.source || '/' || s.contact_id
    cross join levels as l
    where s.kind in ('talk', 'hold', 'wrap_up')
        and s.started_at < s.ended_at
        and s.ended_at < {{ as_of_at() }}
    union all
    -- an agent in two queues at once is one agent of all
    select dimension, dimension_value, 'there' as kind, 1 as weight, from_us, to_us
    from {{ merged_ranges('shifts', ['dimension', 'dimension_value', 'agent_token']) }} as m
    union all
    select
        l.dimension,
        case when l.dimension = 'all' then 'all' else p.queue end as dimension_value,
        'planned' as kind,
        p.planned_agents as weight,
        {{ epoch_us('p.started_at') }} as from_us,
        {{ epoch_us('p.ended_at') }} as to_us
    from {{ ref('staffing') }} as p
    cross join levels as l
    where p.state = 'planned'
        and p.planned_agents > 0
        and p.started_at < p.ended_at
        and p.ended_at <= {{ as_of_at() }}
        and (l.dimension = 'all' or p.queue is not null)

),

changes as (

    select dimension, dimension_value, kind, from_us as at_us, weight as change
    from stretches where dimension_value is not null and to_us - from_us <= {{ day_us }}
    union all
    select dimension, dimension_value, kind, to_us as at_us, -weight as change
    from stretches where dimension_value is not null and to_us - from_us <= {{ day_us }}

),

active_days as (

    select
        dimension,
        dimension_value,
        {{ day_number('at_us') }} as day_number,
        count(case when kind = 'there' then 1 end) > 0 as is_staffed
    from changes
    group by dimension, dimension_value, {{ day_number('at_us') }}

),

halves as (

    select {{ days_between("date '2000-01-01'", 'day') }} as half_number
    from {{ calendar("date '2000-01-01'", "date '2000-02-17'") }} as numbers

),

moments as (

    select
        dimension,
        dimension_value,
        at_us,
        {%- for kind in ['work', 'there', 'planned'] %}
        cast(sum(case when kind = '{{ kind }}' then change else 0 end) as bigint) as {{ kind }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select dimension, dimension_value, kind, at_us, change from changes
        union all
        select
            a.dimension,
            a.dimension_value,
            'half' as kind,
            a.day_number * {{ day_us }} + h.half_number * {{ half_us }} as at_us,
            0 as change
        from active_days as a
        cross join halves as h
    ) as cut
    group by dimension, dimension_value, at_us

),

gaps as (

    select
        dimension,
        dimension_value,
        cast(floor(cast(at_us as double) / {{ half_us }}) as bigint) as half,
        {%- for kind in ['work', 'there', 'planned'] %}
        cast(sum({{ kind }}) over ({{ until_now }}) as bigint) as {{ kind }},
        {%- endfor %}
        lead(at_us) over (partition by dimension, dimension_value order by at_us) - at_us as lasted_us
    from moments

),

parts as (

    select
        dimension,
        dimension_value,
        half,
        work * lasted_us as work_us,
        there * lasted_us as there_us,
        planned * lasted_us as planned_us,
        0 as offered,
        0 as answered,
        0 as abandoned,
        cast(null as decimal(18, 3)) as handle_seconds
    from gaps
    where lasted_us is not null
    union all
    select
        l.dimension,
        case when l.dimension = 'all' then 'all' else c.queue end as dimension_value,
        cast(floor(cast(c.entered_us as double) / {{ half_us }}) as bigint) as half,
        0 as work_us,
        0 as there_us,
        0 as planned_us,
        1 as offered,
        case when c.is_answered then 1 else 0 end as answered,
        case when c.is_abandoned then 1 else 0 end as abandoned,
        c.handle_seconds
    from contacts as c
    cross join levels as l
    where c.is_offered and c.entered_us is not null and c.queue is not null

),

handled as (

    select
        dimension,
        dimension_value,
        cast(avg(handle_seconds) as decimal(18, 3)) as mean_seconds
    from parts
    group by dimension, dimension_value

),

summed as (

    select
        dimension,
        dimension_value,
        half,
        sum(work_us) as work_us,
        sum(there_us) as there_us,
        sum(planned_us) as planned_us,
        cast(sum(offered) as bigint) as offered,
        cast(sum(answered) as bigint) as answered,
        cast(sum(abandoned) as bigint) as abandoned,
        coalesce(sum(handle_seconds), 0) as handle_seconds,
        sum(offered) - count(handle_seconds) as without_handle
    from parts
    group by dimension, dimension_value, half

),

measured as (

    select
        s.dimension,
        s.dimension_value,
        {{ timestamp_us('s.half * ' ~ half_us) }} as started_at,
        s.offered,
        s.answered,
        s.abandoned,
        {{ whole_seconds('s.work_us') }} as work_seconds,
        case when a.is_staffed then {{ whole_seconds('s.there_us') }} end as staffed_seconds,
        case
            when cast(sum(s.planned_us) over (
                partition by s.dimension, s.dimension_value, cast(floor(cast(s.half as double) / 48) as bigint)
            ) as bigint) > 0
                then cast(s.planned_us as double) / {{ half_us }}
        end as planned_agents,
        cast(floor(s.handle_seconds + s.without_handle * h.mean_seconds) as bigint) as demand_seconds
    from summed as s
    left join active_days as a
        on a.dimension = s.dimension
        and a.dimension_value = s.dimension_value
        and a.day_number = cast(floor(cast(s.half as double) / 48) as bigint)
    inner join handled as h on h.dimension = s.dimension and h.dimension_value = s.dimension_value
    where s.work_us > 0 or s.there_us > 0 or s.planned_us > 0 or s.offered > 0

)

select
    dimension,
    dimension_value,
    started_at,
    {{ local_date('started_at') }} as local_date,
    cast(floor(cast({{ epoch_us(local_time('started_at', zone)) }} as double) / {{ half_us }}) as bigint)
        - 48 * cast(floor(cast({{ epoch_us(local_time('started_at', zone)) }} as double) / {{ day_us }}) as bigint) as half_hour,
    offered,
    answered,
    abandoned,
    work_seconds,
    staffed_seconds,
    planned_agents,
    cast(work_seconds as double) / nullif(staffed_seconds, 0) as occupancy,
    demand_seconds,
    demand_seconds > staffed_seconds as is_over_capacity
from measured
