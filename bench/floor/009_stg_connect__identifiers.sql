create view staging."stg_connect__identifiers" as
with source as (

    select * from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_connect"."contact_records" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
    where customer_endpoint_address is not null
        and customer_number is not null
        and not coalesce(lower(test_call) = 'true', false)

)

select
    'connect' as source,
    customer_endpoint_address || '/' || customer_number as source_id,
    null as version_at,
    'phone' as kind,
    customer_endpoint_address as token,
    'login' as other_kind,
    customer_number as other_token,
    min(initiation_timestamp) as seen_at,
    'verified_on_call' as rule
from source
group by customer_endpoint_address, customer_number;
