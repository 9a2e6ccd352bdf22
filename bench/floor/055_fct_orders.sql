create table marts."fct_orders" as
-- Each order with its person and what it brought: the amount less refunds, in the reporting currency.
-- Void orders stay, marked; other currencies have no rate yet and are excluded with that reason.
with current_products as (

    select
        source,
        product_id,
        category,
        row_number() over (
            partition by source, product_id order by valid_from desc, version_at desc, source_id desc
        ) as version_rank
    from "entities"."products"

),

contents as (

    select
        l.source,
        l.order_id,
        count(*) as line_count,
        case when min(coalesce(p.category, 'unknown')) = max(coalesce(p.category, 'unknown'))
            then min(coalesce(p.category, 'unknown'))
            else 'several'
        end as product_category
    from "entities"."order_lines" as l
    left join current_products as p
        on p.source = l.source and p.product_id = l.product_id and p.version_rank = 1
    group by l.source, l.order_id

),

orders as (

    select
        o.source || '/' || o.source_id as order_id,
        o.source,
        p.person_id,
        o.channel,
        o.region,
        coalesce(c.product_category, 'unknown') as product_category,
        o.status,
        coalesce(lower(o.status) in ('canceled', 'cancelled', 'failed', 'lost', 'closed lost', 'rejected', 'unavailable', 'void', 'voided'), false) as is_void,
        o.currency,
        coalesce(c.line_count, 0) as line_count,
        o.amount,
        o.discount,
        o.refunded_amount,
        o.amount - coalesce(o.refunded_amount, 0) as net_amount,
        o.ordered_at,
        o.status_at,
        o.promised_at,
        o.delivered_at,
        cast(o.ordered_at as date) as local_date,
        cast(o.status_at as date) as status_date,
        cast(o.promised_at as date) as promised_date,
        cast(o.delivered_at as date) as delivered_date
    from "entities"."orders" as o
    left join contents as c on c.source = o.source and c.order_id = o.source_id
    left join "intermediate"."int_person_tokens" as p on p.token = o.person_token

)

select
    order_id,
    source,
    person_id,
    channel,
    region,
    product_category,
    status,
    is_void,
    case
        when is_void then 'void'
        when amount is null then 'no_amount'
        when currency is null then 'unknown_currency'
        when currency <> 'EUR' then 'other_currency'
    end as excluded_reason,
    currency,
    line_count,
    cast(amount as decimal(18, 2)) as amount,
    cast(discount as decimal(18, 2)) as discount,
    cast(refunded_amount as decimal(18, 2)) as refunded_amount,
    cast(net_amount as decimal(18, 2)) as net_amount,
    -- a promise is one of a day: delivered on the promised day is on time
    delivered_date > promised_date as is_late,
    ordered_at,
    status_at,
    promised_at,
    delivered_at,
    local_date,
    status_date,
    delivered_date
from orders;
