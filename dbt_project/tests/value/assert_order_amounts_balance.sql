{{ config(meta={'dagster': {'ref': {'name': 'fct_orders'}}}) }}
-- By source and currency the net amounts of fct_orders are the amounts of the entities less what was refunded.
with counted as (

    select
        source,
        currency,
        cast(amount as decimal(18, 2)) - coalesce(cast(refunded_amount as decimal(18, 2)), 0) as given,
        0 as told
    from {{ ref('orders') }}
    union all
    select
        source,
        currency,
        0,
        net_amount
    from {{ ref('fct_orders') }}

)

select
    source,
    currency,
    sum(given) as given,
    sum(told) as told
from counted
group by source, currency
having sum(given) is distinct from sum(told)
