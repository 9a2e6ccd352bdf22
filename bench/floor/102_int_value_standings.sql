create table intermediate."int_value_standings" as
-- One row per person and ISO Monday on which what is known of their orders changed; it holds until `to_week`. It tells
-- what was known before that Monday began: voids and refunds count from the day they happened, so that a past
-- Monday is the same whenever it is looked at. Counts and amounts are to date, recency is of the last order
-- placed; an order without a known amount in the reporting currency counts as an order that brought nothing.
with orders as (

    select
        person_id,
        local_date,
        -- a void without a date never was; one with a date counts until then
        case when is_void then greatest(status_date, local_date) end as void_date,
        greatest(coalesce(status_date, local_date), local_date) as refund_date,
        is_void,
        case when currency = 'EUR' then coalesce(amount, 0) else 0 end as amount,
        case when currency = 'EUR' then coalesce(refunded_amount, 0) else 0 end
            as refunded_amount,
        /*engine*/ epoch_us(ordered_at) /*end*/ as ordered_us
    from "marts"."fct_orders"
    where person_id is not null
        and not (is_void and status_date is null)

),

changes as (

    select person_id, local_date as on_date, 1 as orders, amount, ordered_us from orders
    union all
    select person_id, void_date, -1, -amount, null from orders where is_void
    union all
    select person_id, refund_date, 0, -refunded_amount, null from orders where not is_void and refunded_amount <> 0

),

weekly as (

    select
        person_id,
        cast(date_trunc('week', on_date) + interval 7 day as date) as week,
        sum(orders) as orders,
        sum(amount) as amount,
        max(ordered_us) as ordered_us
    from changes
    group by person_id, cast(date_trunc('week', on_date) + interval 7 day as date)

),

-- persons as numbers in the order of their names: ties fall alike in every run, and sorting is quick
numbered as (

    select person_id, row_number() over (order by person_id) as person_number
    from (select distinct person_id from weekly) as persons

)

select
    w.person_id,
    cast(n.person_number as integer) as person_number,
    w.week as from_week,
    lead(w.week) over (partition by n.person_number order by w.week) as to_week,
    cast(sum(w.orders) over (
        partition by n.person_number order by w.week rows between unbounded preceding and current row
    ) as integer) as order_count,
    cast(sum(w.amount) over (
        partition by n.person_number order by w.week rows between unbounded preceding and current row
    ) as decimal(18, 2)) as net_amount,
    max(w.ordered_us) over (
        partition by n.person_number order by w.week rows between unbounded preceding and current row
    ) as last_order_us
from weekly as w
inner join numbered as n on n.person_id = w.person_id;
