-- The subscriptions that a month begins with are those that the movements open with, and no more are lost of them than in all;
-- each customer with an order has one first order, and none is before it. A row here is a product's month or a customer.
{{ config(meta={'dagster': {'ref': {'name': 'fct_subscription_months'}}}) }}
with held as (

    select
        product_id,
        month,
        count(*) as opening,
        count(case when is_lost then 1 end) as lost,
        count(case when excluded_reason is null then 1 end) as decided
    from {{ ref('fct_subscription_months') }}
    group by product_id, month

),

firsts as (

    select person_id, min(ordered_at) as ordered_at
    from {{ ref('fct_orders') }}
    where person_id is not null and not is_void
    group by person_id

)

select m.product_id as what, cast(m.month as varchar) as which
from (select * from {{ ref('agg_subscription_movements') }} where month < {{ as_of() }}) as m
full join held as h on h.product_id = m.product_id and h.month = m.month
where m.month is null
    or m.opening <> coalesce(h.opening, 0)
    or m.lost < coalesce(h.lost, 0)
    or (coalesce(h.opening, 0) > 0 and m.is_complete <> (h.decided = h.opening))
union all
select coalesce(f.person_id, o.person_id) as what, o.order_id as which
from firsts as f
full join (select * from {{ ref('fct_first_orders') }} where person_id is not null) as o on o.person_id = f.person_id
where f.person_id is null or o.person_id is null or o.ordered_at is distinct from f.ordered_at
    or (o.excluded_reason is null and o.is_repeated is distinct from coalesce(o.next_ordered_at <= o.decided_at, false))
