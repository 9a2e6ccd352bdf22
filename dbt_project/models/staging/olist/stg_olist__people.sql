-- Every order brings its own customer record; the person's is the one of the latest order.
with records as (

    select
        customers.customer_unique_id,
        customers.customer_state,
        row_number() over (
            partition by customers.customer_unique_id
            order by orders.order_purchase_timestamp desc, orders.order_id desc
        ) as recency
    from {{ rows_of('olist', 'customers') }} as customers
    inner join {{ rows_of('olist', 'orders') }} as orders
        on customers.customer_id = orders.customer_id

)

select
    'olist' as source,
    customer_unique_id as source_id,
    null as version_at,
    customer_unique_id as account_token,
    null as status,
    null as created_at,
    null as birth_year_band,
    null as gender,
    customer_state as region,
    'BR' as country,
    null as language,
    null as plan,
    null as tier,
    null as preferred_channel,
    null as preferred_channel_basis
from records
where recency = 1
