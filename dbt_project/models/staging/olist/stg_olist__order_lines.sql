-- Only lines of orders that can be seen: lines carry no time of their own that could hold them back.
with items as (

    select * from {{ rows_of('olist', 'order_items') }}

),

orders as (

    select * from {{ rows_of('olist', 'orders') }}

)

select
    'olist' as source,
    items.order_id || '/' || cast(items.order_item_id as varchar) as source_id,
    null as version_at,
    items.order_id,
    items.product_id,
    1 as quantity,
    cast(items.price + items.freight_value as decimal(18, 2)) as amount,
    'BRL' as currency
from items
inner join orders
    on items.order_id = orders.order_id
