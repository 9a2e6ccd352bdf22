create table intermediate."int_case_stays" as
-- Each stay of a case in a state. The life of a case runs from its opening to the last event if that solved or closed it,
-- else to as_of; its stays sum to it exactly.
with entered as (

    select
        *,
        row_number() over (partition by contact_number order by place) as stay_number,
        lag(state) over (partition by contact_number order by place) as state_before,
        lead(at_us) over (partition by contact_number order by place) as next_us
    from "intermediate"."int_case_events"
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
    next_us is null and not (kind in ('solved', 'closed') or (kind <> 'reopened' and case
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(new|queued?|unassigned|on[-_ ]?hold|hold|pending|wait(ing)?|awaiting)([^a-z]|$)') /*end*/ then 'waiting'
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(solved|resolved|closed|cancell?ed)([^a-z]|$)') /*end*/ then 'done'
    else 'working'
end = 'done')) as is_open,
    case when stay_number = 1 then least(coalesce(opened_us, at_us), at_us) else at_us end as started_us,
    coalesce(next_us, case when (kind in ('solved', 'closed') or (kind <> 'reopened' and case
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(new|queued?|unassigned|on[-_ ]?hold|hold|pending|wait(ing)?|awaiting)([^a-z]|$)') /*end*/ then 'waiting'
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(solved|resolved|closed|cancell?ed)([^a-z]|$)') /*end*/ then 'done'
    else 'working'
end = 'done')) then at_us else /*engine*/ epoch_us(timestamp '{as_of_at}') /*end*/ end) as ended_us
from revisited;
