-- `customer_id` names the customer within one order: an order's identifier of the person.
with customers as (

    select * from {{ rows_of('olist', 'customers') }}

),

orders as (

    select * from {{ rows_of('olist', 'orders') }}

)

select
    'olist' as source,
    customers.customer_id as source_id,
    null as version_at,
    'account' as kind,
    customers.customer_unique_id as token,
    'order' as other_kind,
    customers.customer_id as other_token,
    orders.order_purchase_timestamp as seen_at,
    'order_customer' as rule
from customers
inner join orders
    on customers.customer_id = orders.customer_id
