create view staging."stg_salesforce__subscriptions" as
-- Ended is who cancelled, or whose term ran out without a renewal.
with source as (

    select * from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."contracts" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
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
from source;
