with source as (

    select * from {{ rows_of('zendesk', 'ticket_schedules') }}

),

tickets as (

    select ticket_id from {{ ref('base_zendesk__tickets') }}

)

select
    'zendesk' as source,
    cast(s._key as varchar) as source_id,
    s.synced_at as version_at,
    cast(s.ticket_id as varchar) as contact_id,
    cast(s.schedule_id as varchar) as schedule_id,
    s.applied_at
from source as s
inner join tickets as t on t.ticket_id = s.ticket_id
