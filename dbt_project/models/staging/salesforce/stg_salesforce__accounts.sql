with source as (

    select * from {{ rows_of('salesforce', 'contacts') }}
    where account_id is not null

)

select
    'salesforce' as source,
    id as source_id,
    system_modstamp as version_at,
    account_id,
    id as person_account_token,
    'member' as role,
    null as manager_token,
    created_date as valid_from,
    case when is_deleted then system_modstamp end as valid_to
from source
