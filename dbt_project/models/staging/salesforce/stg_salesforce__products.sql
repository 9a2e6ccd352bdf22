with source as (

    select * from {{ rows_of('salesforce', 'products') }}

)

select
    'salesforce' as source,
    id as source_id,
    system_modstamp as version_at,
    product_code as product_id,
    name,
    family as category,
    null as price,
    null as currency,
    created_date as valid_from,
    case when is_deleted or not is_active then system_modstamp end as valid_to
from source
