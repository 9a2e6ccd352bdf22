-- Each state that cases of a type go through: how many, how often, how long, by the calendar and in the opening hours that
-- the case follows.
with parts as (
    select
        1000000000 * contact_number + stay_number as span_id,
        contact_number,
        cast(null as varchar) as clock_id,
        started_us,
        ended_us
    from {{ ref('int_case_stays') }}
),

stays as (
    select
        k.source,
        s.contact_number,
        k.case_type,
        s.state,
        s.is_entry,
        s.is_rework,
        s.is_open,
        {{ whole_seconds('s.ended_us') }} - {{ whole_seconds('s.started_us') }} as stay_seconds,
        {{ whole_seconds('b.elapsed_us') }} as business_seconds
    from {{ ref('int_case_stays') }} as s
    inner join {{ ref('int_contact_clocks') }} as k on k.contact_number = s.contact_number and k.place = 1
    inner join {{ business_time('parts') }} as b on b.span_id = 1000000000 * s.contact_number + s.stay_number
),

-- whatever happens to a case happens in the state that it is in or enters; before its first one, in that
touched as (
    select
        k.source,
        k.case_type,
        coalesce(p.last_state, f.state) as state,
        count(*) as touch_count
    from (
        select
            contact_number,
            {{ last_known('state', 'partition by contact_number order by place rows between unbounded preceding and current row') }} as last_state
        from {{ ref('int_case_events') }}
    ) as p
    inner join {{ ref('int_case_stays') }} as f on f.contact_number = p.contact_number and f.stay_number = 1
    inner join {{ ref('int_contact_clocks') }} as k on k.contact_number = p.contact_number and k.place = 1
    group by k.source, k.case_type, coalesce(p.last_state, f.state)
),

counted as (
    select
        source,
        case_type,
        state,
        count(distinct contact_number) as case_count,
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
        count(distinct contact_number) as all_case_count,
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
