{{ config(meta={'dagster': {'ref': {'name': 'agg_subscription_movements'}}}) }}
-- Opening + won + won back - lost = closing, a closing is the next opening, and both equal the subscriptions
-- counted afresh at the month's edges. A row here is a month whose churn cannot be trusted.
with recounted as (

    select
        m.product_id,
        m.month,
        count(case when s.started_date < m.month
            and (s.ended_date is null or s.ended_date >= m.month) then 1 end) as opening,
        count(case when s.started_date < m.month + interval 1 month
            and (s.ended_date is null or s.ended_date >= m.month + interval 1 month) then 1 end) as closing
    from {{ ref('agg_subscription_movements') }} as m
    inner join {{ ref('fct_subscriptions') }} as s on s.product_id = m.product_id
    group by m.product_id, m.month

),

movements as (

    select
        *,
        lead(opening) over (partition by product_id order by month) as next_opening
    from {{ ref('agg_subscription_movements') }}

)

select m.*
from movements as m
left join recounted as r on r.product_id = m.product_id and r.month = m.month
where true is distinct from (
    m.opening + m.won + m.won_back - m.lost = m.closing
    and coalesce(m.next_opening, m.closing) = m.closing
    and m.opening = coalesce(r.opening, 0)
    and m.closing = coalesce(r.closing, 0)
)
