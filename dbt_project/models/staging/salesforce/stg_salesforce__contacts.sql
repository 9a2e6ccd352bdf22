with source as (

    select * from {{ rows_of('salesforce', 'cases') }}
    where not coalesce(is_deleted, false)

)

select
    'salesforce' as source,
    id as source_id,
    system_modstamp as version_at,
    coalesce(contact_id, supplied_email, supplied_phone) as person_token,
    case origin
        when 'Email' then 'email'
        when 'Phone' then 'call'
        when 'Chat' then 'chat'
        when 'Social' then 'social'
        else 'ticket'
    end as channel,
    'inbound' as direction,
    created_date as opened_at,
    closed_date as closed_at,
    lower(reason) as reason,
    null as category,
    lower(priority) as priority,
    null as queue,
    null as team,
    owner_id as agent_token,
    case when closed_date is not null then 'closed' when status = 'New' then 'open' else 'pending' end as status,
    case when closed_date is not null then 'handled' end as outcome,
    null as conversation_id,
    false as is_test,
    subject as subject_redacted
from source
