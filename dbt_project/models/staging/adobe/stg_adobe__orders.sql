-- Where another pack brings orders (a CRM, a shop), those are the orders: counted from both, each sale is two.
with amounts as (

    select
        _key,
        sum(price) as amount
    from {{ ref('base_adobe__products') }}
    group by _key

)

select
    'adobe' as source,
    p.order_id as source_id,
    null as version_at,
    coalesce(p.post_cust_visid, p.visitor_id) as person_token,
    p.post_cust_hit_time_gmt as ordered_at,
    'completed' as status,
    p.post_cust_hit_time_gmt as status_at,
    'web' as channel,
    a.amount,
    null as discount,
    null as refunded_amount,
    p.currency,
    null as promised_at,
    null as delivered_at,
    null as region
from {{ ref('base_adobe__purchases') }} as p
left join amounts as a on a._key = p._key
where {{ is_only_pack_of('orders', 'adobe') }}
