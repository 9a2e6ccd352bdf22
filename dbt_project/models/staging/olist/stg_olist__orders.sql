-- The amount is what the customer owes for the pieces, freight included: the sum of the order's
-- lines. Payments differ by the interest of instalments, and an order without lines (unavailable,
-- canceled) has no amount although it may have been paid and paid back.
with orders as (

    select * from {{ rows_of('olist', 'orders') }}

),

customers as (

    select * from {{ rows_of('olist', 'customers') }}

),

items as (

    select
        order_id,
        cast(sum(price + freight_value) as decimal(18, 2)) as amount
    from {{ rows_of('olist', 'order_items') }}
    group by order_id

)

select
    'olist' as source,
    orders.order_id as source_id,
    null as version_at,
    customers.customer_unique_id as person_token,
    orders.order_purchase_timestamp as ordered_at,
    orders.order_status as status,
    case orders.order_status
        when 'delivered' then orders.order_delivered_customer_date
        when 'shipped' then orders.order_delivered_carrier_date
        when 'approved' then orders.order_approved_at
        when 'created' then orders.order_purchase_timestamp
    end as status_at,
    'marketplace' as channel,
    items.amount,
    null as discount,
    null as refunded_amount,
    'BRL' as currency,
    orders.order_estimated_delivery_date as promised_at,
    orders.order_delivered_customer_date as delivered_at,
    customers.customer_state as region
from orders
left join customers
    on orders.customer_id = customers.customer_id
left join items
    on orders.order_id = items.order_id
