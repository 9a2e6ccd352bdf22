with source as (

    select * from {{ rows_of('connect', 'contact_records') }}
    where customer_endpoint_address is not null
        and customer_number is not null
        and not coalesce(lower(test_call) = 'true', false)

)

select
    'connect' as source,
    customer_endpoint_address || '/' || customer_number as source_id,
    null as version_at,
    'phone' as kind,
    customer_endpoint_address as token,
    'login' as other_kind,
    customer_number as other_token,
    min(initiation_timestamp) as seen_at,
    'verified_on_call' as rule
from source
group by customer_endpoint_address, customer_number
