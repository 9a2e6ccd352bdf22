-- Each state that cases of a type go through: how many, how often, how long. The life of a case runs from its opening to
-- the last event if that solved or closed it, else to as_of; its times in states sum to it exactly. Of one second, events
-- come in the order of their ids.
{%- set by_time = 'partition by source, contact_id order by at_second, source_id' %}

with told as (
    select
        source,
        contact_id,
        source_id,
        kind,
        {{ epoch_seconds('occurred_at') }} as at_second,
        {{ case_state('kind', 'to_value') }} as state
    from {{ ref('contact_events') }}
    where occurred_at < {{ as_of_at() }}
),

placed as (
    select
        t.*,
        coalesce(c.category, c.reason, 'unknown') as case_type,
        {{ epoch_seconds('c.opened_at') }} as opened_second
    from told as t
    inner join {{ ref('contacts') }} as c on c.source = t.source and c.source_id = t.contact_id
    where coalesce(not c.is_test, true)
),

entered as (
    select
        *,
        row_number() over ({{ by_time }}) as entry_number,
        lag(state) over ({{ by_time }}) as state_before,
        lead(at_second) over ({{ by_time }}) as next_second,
        count(*) over (partition by source, contact_id, state order by at_second, source_id
            rows between unbounded preceding and current row) as visit_number
    from placed
    where state is not null
),

stays as (
    select
        source,
        contact_id,
        case_type,
        state,
        state is distinct from state_before as is_entry,
        visit_number > 1 and state <> state_before as is_rework,
        next_second is null and not {{ ends_case('kind', 'state') }} as is_open,
        coalesce(next_second, case when {{ ends_case('kind', 'state') }} then at_second else {{ epoch_seconds(as_of_at()) }} end)
            - case when entry_number = 1 then least(coalesce(opened_second, at_second), at_second) else at_second end as stay_seconds
    from entered
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
    inner join entered as f on f.source = p.source and f.contact_id = p.contact_id and f.entry_number = 1
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
        cast(sum(stay_seconds) as bigint) as total_seconds
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
    case when {{ state_class('c.state') }} = 'waiting' then c.total_seconds else 0 end as waiting_seconds,
    case when {{ state_class('c.state') }} = 'working' then c.total_seconds else 0 end as working_seconds,
    l.life_seconds
from counted as c
inner join lives as l on l.source = c.source and l.case_type = c.case_type
inner join touched as t on t.source = c.source and t.case_type = c.case_type and t.state = c.state
