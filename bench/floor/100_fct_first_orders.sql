create table marts."fct_first_orders" as
-- Each customer's first order and the one after it. Orders of persons unknown stand beside, as they may be anybody's first.
-- Void orders are none. An order is undecided until the window has passed, also where a second came already.
with numbered as (

    select
        *,
        case when person_id is null then 1 else row_number() over (partition by person_id order by ordered_at, order_id) end as order_number,
        case when person_id is not null then lead(order_id) over (partition by person_id order by ordered_at, order_id) end as next_order_id,
        case when person_id is not null then lead(ordered_at) over (partition by person_id order by ordered_at, order_id) end as next_ordered_at
    from "marts"."fct_orders"
    where not is_void and ordered_at is not null

)

select
    order_id,
    source,
    person_id,
    channel,
    region,
    product_category,
    case
        when person_id is null then 'unknown_person'
        when ordered_at + interval 90 day > timestamp '{as_of_at}' then 'pending'
    end as excluded_reason,
    coalesce(next_ordered_at <= ordered_at + interval 90 day, false) as is_repeated,
    next_order_id,
    ordered_at,
    next_ordered_at,
    ordered_at + interval 90 day as decided_at,
    local_date
from numbered
where order_number = 1;
