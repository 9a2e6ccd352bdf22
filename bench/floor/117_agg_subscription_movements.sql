create table marts."agg_subscription_movements" as
-- Each month and product from the first subscription on: opening + won + won back - lost = closing, and a
-- closing is the next opening. The month of `as_of` is not complete.
with movements as (

    select
        product_id,
        cast(date_trunc('month', started_date) as date) as month,
        case when is_win_back then 0 else 1 end as won,
        case when is_win_back then 1 else 0 end as won_back,
        0 as lost
    from "marts"."fct_subscriptions"

    union all

    select
        product_id,
        cast(date_trunc('month', ended_date) as date) as month,
        0 as won,
        0 as won_back,
        1 as lost
    from "marts"."fct_subscriptions"
    where ended_date is not null

),

months as (

    select distinct cast(date_trunc('month', day) as date) as month
    from /*engine*/ (
    select cast(at_midnight as date) as day
    from range(cast((select min(started_date) from "marts"."fct_subscriptions") as timestamp), cast(date '{as_of}' as timestamp) + interval 1 day, interval 1 day) as days(at_midnight)
) /*end*/ as days

),

products as (

    select product_id, min(month) as first_month from movements group by product_id

),

monthly as (

    select
        p.product_id,
        m.month,
        cast(coalesce(sum(v.won), 0) as bigint) as won,
        cast(coalesce(sum(v.won_back), 0) as bigint) as won_back,
        cast(coalesce(sum(v.lost), 0) as bigint) as lost
    from products as p
    inner join months as m on m.month >= p.first_month
    left join movements as v on v.product_id = p.product_id and v.month = m.month
    group by p.product_id, m.month

),

balanced as (

    select
        *,
        cast(sum(won + won_back - lost) over (
            partition by product_id order by month rows between unbounded preceding and current row
        ) as bigint) as closing
    from monthly

)

select
    product_id,
    month,
    closing - won - won_back + lost as opening,
    won,
    won_back,
    lost,
    closing,
    month < cast(date_trunc('month', date '{as_of}') as date) as is_complete
from balanced;
