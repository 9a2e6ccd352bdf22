with source as (

    select * from {{ rows_of('intercom', 'contacts') }}

)

select
    'intercom' as source,
    contact_id as source_id,
    updated_at as version_at,
    coalesce(external_id, contact_id) as account_token,
    role as status,
    created_at,
    null as birth_year_band,
    null as gender,
    location_region as region,
    location_country as country,
    split_part(lower(browser_language), '-', 1) as language,
    null as plan,
    null as tier,
    null as preferred_channel,
    null as preferred_channel_basis
from source
