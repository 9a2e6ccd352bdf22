create table marts."fct_subscription_months" as
-- Each subscription that was held when a month began, and whether it was lost in that month: the starting cohort. What began
-- within the month is in none, and a month that is not over is undecided. A month that begins with `as_of` has no day yet.
with months as (

    select distinct
        cast(date_trunc('month', day) as date) as month,
        cast(date_trunc('month', day) + interval 1 month as date) as next_month
    from /*engine*/ (
    select cast(at_midnight as date) as day
    from range(cast((select min(started_date) from "marts"."fct_subscriptions") as timestamp), cast(date '{as_of}' as timestamp) + interval 1 day, interval 1 day) as days(at_midnight)
) /*end*/ as days

)

select
    s.subscription_id,
    m.month,
    s.source,
    s.person_id,
    s.product_id,
    s.plan,
    case when m.next_month > date '{as_of}' then 'pending' end as excluded_reason,
    coalesce(s.ended_date < m.next_month, false) as is_lost,
    case when s.ended_date < m.next_month then s.end_reason end as end_reason,
    m.month as local_date
from "marts"."fct_subscriptions" as s
inner join months as m on s.started_date < m.month and (s.ended_date is null or s.ended_date >= m.month)
where m.month < date '{as_of}';
