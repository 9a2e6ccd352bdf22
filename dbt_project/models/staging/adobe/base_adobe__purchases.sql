-- A number of an order counts once, whoever tells it again and whenever: Adobe marks what it has seen
-- (duplicate_purchase), and the second of two hits that are not marked is left out here.
with told as (

    select
        *,
        cast(_key as varchar) as order_id
    from {{ ref('base_adobe__hits') }}
    where ',' || post_event_list || ',' like '%,1,%' and coalesce(duplicate_purchase, 0) = 0

),

ranked as (

    select
        *,
        row_number() over (partition by coalesce(post_purchaseid, order_id) order by post_cust_hit_time_gmt, _key) as place
    from told

)

select *
from ranked
where place = 1
