create view staging."stg_salesforce__orders" as
-- Opportunities before their closing are hopes, not orders.
with source as (

    select * from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."opportunities" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
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
from source;
