-- Rows of an incident carry what was known only at its end (resolved_at, closed_at): they are taken
-- from the row in which the incident is closed, and are nothing before.
with ranked as (

    select
        *,
        row_number() over (
            partition by number
            order by sys_updated_at desc, sys_mod_count desc, _key desc
        ) as recency
    from {{ rows_of('incidents', 'events') }}

)

select
    'incidents' as source,
    number as source_id,
    sys_updated_at as version_at,
    caller_id as person_token,
    'ticket' as channel,
    'inbound' as direction,
    opened_at,
    case when incident_state = 'Closed' then closed_at end as closed_at,
    u_symptom as reason,
    category,
    case substr(priority, 1, 1)
        when '1' then 'urgent'
        when '2' then 'high'
        when '3' then 'normal'
        when '4' then 'low'
    end as priority,
    assignment_group as queue,
    assignment_group as team,
    assigned_to as agent_token,
    lower(incident_state) as status,
    case when incident_state in ('Resolved', 'Closed') then 'handled' end as outcome,
    problem_id as conversation_id,
    false as is_test,
    null as subject_redacted
from ranked
where recency = 1
