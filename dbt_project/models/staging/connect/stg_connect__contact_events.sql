with source as (

    select * from {{ rows_of('connect', 'contact_records') }}
    where transfer_completed_timestamp is not null

)

select
    'connect' as source,
    contact_id || '/transferred' as source_id,
    last_update_timestamp as version_at,
    coalesce(initial_contact_id, contact_id) as contact_id,
    transfer_completed_timestamp as occurred_at,
    'transferred' as kind,
    null as from_value,
    null as to_value,
    'agent' as actor,
    agent_username as actor_token,
    null as text_redacted
from source
