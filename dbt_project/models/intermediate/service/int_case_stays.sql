-- Each stay of a case in a state. The life of a case runs from its opening to the last event if that solved or closed it,
-- else to as_of; its stays sum to it exactly. Of one second, events come in the order of their ids.
{%- set by_time = 'partition by source, contact_id order by at_second, source_id' %}

with told as (
    select
        e.source,
        e.contact_id,
        e.source_id,
        e.kind,
        coalesce(c.category, c.reason, 'unknown') as case_type,
        {{ epoch_seconds('e.occurred_at') }} as at_second,
        {{ epoch_seconds('c.opened_at') }} as opened_second,
        {{ case_state('e.kind', 'e.to_value') }} as state
    from {{ ref('contact_events') }} as e
    inner join {{ ref('contacts') }} as c on c.source = e.source and c.source_id = e.contact_id
    where e.occurred_at < {{ as_of_at() }} and coalesce(not c.is_test, true)
),

entered as (
    select
        *,
        row_number() over ({{ by_time }}) as stay_number,
        lag(state) over ({{ by_time }}) as state_before,
        lead(at_second) over ({{ by_time }}) as next_second,
        count(*) over (partition by source, contact_id, state order by at_second, source_id
            rows between unbounded preceding and current row) as visit_number
    from told
    where state is not null
)

select
    source,
    contact_id,
    stay_number,
    case_type,
    state,
    state is distinct from state_before as is_entry,
    visit_number > 1 and state <> state_before as is_rework,
    next_second is null and not {{ ends_case('kind', 'state') }} as is_open,
    case when stay_number = 1 then least(coalesce(opened_second, at_second), at_second) else at_second end as started_second,
    coalesce(next_second, case when {{ ends_case('kind', 'state') }} then at_second else {{ epoch_seconds(as_of_at()) }} end)
        as ended_second
from entered
