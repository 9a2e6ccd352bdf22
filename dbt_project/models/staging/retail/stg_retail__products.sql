with named as (

    select
        stock_code,
        description,
        row_number() over (
            partition by stock_code
            order by case when description is null then 1 else 0 end, invoice_date desc, description
        ) as recency
    from {{ rows_of('retail', 'order_lines') }}

)

select
    'retail' as source,
    stock_code as source_id,
    null as version_at,
    stock_code as product_id,
    description as name,
    null as category,
    null as price,
    'GBP' as currency,
    null as valid_from,
    null as valid_to
from named
where recency = 1
