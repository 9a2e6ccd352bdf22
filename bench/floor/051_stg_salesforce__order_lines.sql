create view staging."stg_salesforce__order_lines" as
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
    id as order_id,
    product as product_id,
    null as quantity,
    amount,
    currency
from source
where product is not null;
