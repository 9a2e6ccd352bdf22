with source as (

    select * from {{ rows_of('zendesk', 'users') }}
    where role = 'end-user' and organization_id is not null

)

select
    'zendesk' as source,
    user_id as source_id,
    updated_at as version_at,
    organization_id as account_id,
    user_id as person_account_token,
    'member' as role,
    null as manager_token,
    created_at as valid_from,
    case when not active then updated_at end as valid_to
from source
