create view staging."stg_salesforce__people" as
-- A record that was merged into another tells nothing of whether the person is still there.
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

)

select
    'salesforce' as source,
    id as source_id,
    system_modstamp as version_at,
    coalesce(customer_number, id) as account_token,
    case
        when is_deleted and master_record_id is not null then null
        when is_deleted then 'deleted'
        else 'active'
    end as status,
    created_date as created_at,
    birthdate as birth_year_band,
    null as gender,
    mailing_state as region,
    mailing_country as country,
    language,
    null as plan,
    tier,
    null as preferred_channel,
    null as preferred_channel_basis
from source;
