-- Ended is who cancelled, or whose term ran out without a renewal.
with source as (

    select * from {{ rows_of('salesforce', 'contracts') }}
    where activated_date is not null and not coalesce(is_deleted, false)

)

select
    'salesforce' as source,
    id as source_id,
    system_modstamp as version_at,
    customer_signed_id as person_token,
    plan as product_id,
    plan,
    cast(start_date as timestamp) as started_at,
    cast(renewal_date as timestamp) as renewed_at,
    cast(end_date as timestamp) as ends_at,
    cast(coalesce(cancellation_date, case when status = 'Expired' then end_date end) as timestamp) as ended_at,
    case
        when cancellation_date is not null then coalesce(cancellation_reason, 'cancelled')
        when status = 'Expired' then 'expired'
    end as end_reason,
    amount,
    currency
from source
