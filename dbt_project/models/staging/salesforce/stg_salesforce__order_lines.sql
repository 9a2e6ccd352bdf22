with source as (

    select * from {{ rows_of('salesforce', 'opportunities') }}
    where stage_name in ('Closed Won', 'Closed Lost') and not coalesce(is_deleted, false)

)

select
    'salesforce' as source,
    id as source_id,
    system_modstamp as version_at,
    id as order_id,
    product as product_id,
    null as quantity,
    amount,
    currency
from source
where product is not null
