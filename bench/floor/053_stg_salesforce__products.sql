create view staging."stg_salesforce__products" as
with source as (

    select * from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."products" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)

)

select
    'salesforce' as source,
    id as source_id,
    system_modstamp as version_at,
    product_code as product_id,
    name,
    family as category,
    null as price,
    null as currency,
    created_date as valid_from,
    case when is_deleted or not is_active then system_modstamp end as valid_to
from source;
