-- A cancellation does not say which invoice it cancels: it is an order of its own that is canceled,
-- with a negative amount, so revenue is what was invoiced and cancellations are excluded with their
-- reason. Adjustments of bad debt are no orders. A few invoices span a minute's end: the first
-- moment is theirs.
with source as (

    select * from {{ rows_of('retail', 'order_lines') }}

),

invoices as (

    select
        invoice_no,
        max(customer_id) as person_token,
        min(invoice_date) as ordered_at,
        max(country) as region,
        cast(sum(cast(quantity * unit_price as decimal(18, 4))) as decimal(18, 2)) as amount
    from source
    group by invoice_no

)

select
    'retail' as source,
    invoice_no as source_id,
    null as version_at,
    person_token,
    ordered_at,
    case
        when invoice_no like 'C%' then 'canceled'
        when invoice_no like 'A%' then 'void'
        else 'invoiced'
    end as status,
    ordered_at as status_at,
    'web' as channel,
    amount,
    null as discount,
    null as refunded_amount,
    'GBP' as currency,
    null as promised_at,
    null as delivered_at,
    region
from invoices
