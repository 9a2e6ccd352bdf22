-- Each state that cases of a type go through: how many, how often, how long, by the calendar and in the opening hours that
-- the case follows. Of one second, events come in the order of their ids.
{%- set by_time = 'partition by source, contact_id order by at_second, source_id' %}

with placed as (
    select
        e.source,
        e.contact_id,
        e.source_id,
        coalesce(c.category, c.reason, 'unknown') as case_type,
        {{ epoch_seconds('e.occurred_at') }} as at_second,
        {{ case_state('e.kind', 'e.to_value') }} as state
    from {{ ref('contact_events') }} as e
    inner join {{ ref('contacts') }} as c on c.source = e.source and c.source_id = e.contact_id
    where e.occurred_at < {{ as_of_at() }} and coalesce(not c.is_test, true)
),

spans as (
    select
        source || '/' || contact_id || '/' || cast(stay_number as varchar) as span_id,
        source,
        contact_id,
        cast(null as varchar) as clock_id,
        1000000 * started_second as started_us,
        1000000 * ended_second as ended_us
    from {{ ref('int_case_stays') }}
),

stays as (
    select
        s.*,
        s.ended_second - s.started_second as stay_seconds,
        cast(floor(cast(b.business_us as double) / 1000000) as bigint) as business_seconds
    from {{ ref('int_case_stays') }} as s
    inner join {{ business_time('spans') }} as b
        on b.span_id = s.source || '/' || s.contact_id || '/' || cast(s.stay_number as varchar)
),

-- whatever happens to a case happens in the state that it is in or enters; before its first one, in that
touched as (
    select
        p.source,
        p.case_type,
        coalesce(p.last_state, f.state) as state,
        count(*) as touch_count
    from (
        select
            *,
            {{ last_known('state', by_time ~ ' rows between unbounded preceding and current row') }} as last_state
        from placed
    ) as p
    inner join {{ ref('int_case_stays') }} as f on f.source = p.source and f.contact_id = p.contact_id and f.stay_number = 1
    group by p.source, p.case_type, coalesce(p.last_state, f.state)
),

counted as (
    select
        source,
        case_type,
        state,
        count(distinct contact_id) as case_count,
        count(case when is_open then 1 end) as open_count,
        count(case when is_entry then 1 end) as entry_count,
        count(case when is_rework then 1 end) as rework_count,
        cast(sum(stay_seconds) as bigint) as total_seconds,
        cast(sum(business_seconds) as bigint) as business_seconds,
        count(*) - count(business_seconds) as no_business_count
    from stays
    group by source, case_type, state
),

lives as (
    select
        source,
        case_type,
        count(distinct contact_id) as all_case_count,
        cast(sum(stay_seconds) as bigint) as life_seconds
    from stays
    group by source, case_type
)

select
    c.source,
    c.case_type,
    c.state,
    {{ state_class('c.state') }} as state_class,
    c.case_count,
    l.all_case_count,
    c.open_count,
    c.entry_count,
    c.rework_count,
    t.touch_count,
    c.total_seconds,
    c.business_seconds,
    c.no_business_count,
    case when {{ state_class('c.state') }} = 'waiting' then c.total_seconds else 0 end as waiting_seconds,
    case when {{ state_class('c.state') }} = 'working' then c.total_seconds else 0 end as working_seconds,
    l.life_seconds
from counted as c
inner join lives as l on l.source = c.source and l.case_type = c.case_type
inner join touched as t on t.source = c.source and t.case_type = c.case_type and t.state = c.state
