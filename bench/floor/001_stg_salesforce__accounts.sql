create view staging."stg_salesforce__accounts" as
with source as (

    select * from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."contacts" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
    where account_id is not null

)

select
    'salesforce' as source,
    id as source_id,
    system_modstamp as version_at,
    account_id,
    id as person_account_token,
    'member' as role,
    null as manager_token,
    created_date as valid_from,
    case when is_deleted then system_modstamp end as valid_to
from source;
