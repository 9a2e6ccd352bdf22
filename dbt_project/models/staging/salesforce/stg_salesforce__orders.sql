-- Opportunities before their closing are hopes, not orders.
with source as (

    select * from {{ rows_of('salesforce', 'opportunities') }}
    where stage_name in ('Closed Won', 'Closed Lost') and not coalesce(is_deleted, false)

)

select
    'salesforce' as source,
    id as source_id,
    system_modstamp as version_at,
    contact_id as person_token,
    created_date as ordered_at,
    case
        when stage_name = 'Closed Lost' then 'cancelled'
        when refunded_amount >= amount then 'refunded'
        when delivered_at is not null then 'delivered'
        else 'completed'
    end as status,
    case
        when refunded_amount >= amount then refunded_at
        else coalesce(delivered_at, created_date)
    end as status_at,
    lower(order_channel) as channel,
    amount,
    discount,
    refunded_amount,
    currency,
    promised_at,
    delivered_at,
    region
from source
