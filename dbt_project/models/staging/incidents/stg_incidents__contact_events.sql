-- An update is told by the first of what it changed: opened, reopened, closed, solved, moved to
-- another group, or any other state. Updates that changed none of these are no events.
{%- set order = 'partition by number order by sys_updated_at, sys_mod_count, _key' %}
with source as (

    select
        *,
        row_number() over ({{ order }}) as place,
        lag(incident_state) over ({{ order }}) as state_before,
        lag(assignment_group) over ({{ order }}) as group_before,
        lag(reopen_count) over ({{ order }}) as reopened_before
    from {{ rows_of('incidents', 'events') }}

),

told as (

    select
        *,
        case
            when place = 1 then 'created'
            when reopen_count > reopened_before then 'reopened'
            when incident_state <> state_before and incident_state = 'Closed' then 'closed'
            when incident_state <> state_before and incident_state = 'Resolved' then 'solved'
            when incident_state <> state_before then 'status'
            when assignment_group <> group_before then 'transferred'
        end as kind
    from source

)

select
    'incidents' as source,
    -- of one minute, in the order in which they were made
    number || '/' || lpad(cast(sys_mod_count as varchar), 5, '0') || '/' || cast(_key as varchar) as source_id,
    null as version_at,
    number as contact_id,
    sys_updated_at as occurred_at,
    kind,
    case when kind = 'transferred' then group_before else state_before end as from_value,
    case when kind = 'transferred' then assignment_group else incident_state end as to_value,
    'agent' as actor,
    sys_updated_by as actor_token,
    null as text_redacted
from told
where kind is not null
