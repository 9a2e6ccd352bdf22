-- Each stay of a case in a state. The life of a case runs from its opening to the last event if that solved or closed it,
-- else to as_of; its stays sum to it exactly.
{%- set in_turn = 'partition by contact_number order by place' %}
with entered as (

    select
        *,
        row_number() over ({{ in_turn }}) as stay_number,
        lag(state) over ({{ in_turn }}) as state_before,
        lead(at_us) over ({{ in_turn }}) as next_us
    from {{ ref('int_case_events') }}
    where state is not null

),

revisited as (

    select
        *,
        row_number() over (partition by contact_number, state order by stay_number) as visit_number
    from entered

)

select
    contact_number,
    stay_number,
    state,
    state is distinct from state_before as is_entry,
    visit_number > 1 and state <> state_before as is_rework,
    next_us is null and not {{ ends_case('kind', 'state') }} as is_open,
    case when stay_number = 1 then least(coalesce(opened_us, at_us), at_us) else at_us end as started_us,
    coalesce(next_us, case when {{ ends_case('kind', 'state') }} then at_us else {{ epoch_us(as_of_at()) }} end) as ended_us
from revisited
