with source as (

    select * from {{ rows_of('zendesk', 'users') }}
    where role = 'end-user'

)

select
    'zendesk' as source,
    user_id as source_id,
    updated_at as version_at,
    coalesce(external_id, user_id) as account_token,
    case when not active then 'deleted' when suspended then 'suspended' else 'active' end as status,
    created_at,
    null as birth_year_band,
    null as gender,
    null as region,
    null as country,
    split_part(lower(locale), '-', 1) as language,
    null as plan,
    null as tier,
    null as preferred_channel,
    null as preferred_channel_basis
from source
