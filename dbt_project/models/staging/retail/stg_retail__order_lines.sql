with source as (

    select * from {{ rows_of('retail', 'order_lines') }}

)

select
    'retail' as source,
    cast(_key as varchar) as source_id,
    null as version_at,
    invoice_no as order_id,
    stock_code as product_id,
    quantity,
    cast(quantity * unit_price as decimal(18, 2)) as amount,
    'GBP' as currency
from source
