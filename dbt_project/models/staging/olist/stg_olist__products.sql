with source as (

    select * from {{ rows_of('olist', 'products') }}

)

select
    'olist' as source,
    product_id as source_id,
    null as version_at,
    product_id,
    null as name,
    product_category_name as category,
    null as price,
    'BRL' as currency,
    null as valid_from,
    null as valid_to
from source
