create view staging."stg_salesforce__consents" as
-- The CRM keeps objections: who has made none may be written to and called as a customer. An objection without a day,
-- or with one later than the record that tells it, was made when that version of the record was.
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
    id || '/email_marketing' as source_id,
    system_modstamp as version_at,
    id as person_token,
    'email_marketing' as purpose,
    case when has_opted_out_of_email then 'withdrawn' else 'granted' end as state,
    case when has_opted_out_of_email then least(email_opt_out_date, system_modstamp) else created_date end as stated_at,
    'existing_customer' as basis,
    'crm' as channel
from source
where has_opted_out_of_email is not null

union all

select
    'salesforce' as source,
    id || '/phone_marketing' as source_id,
    system_modstamp as version_at,
    id as person_token,
    'phone_marketing' as purpose,
    case when do_not_call then 'withdrawn' else 'granted' end as state,
    case when do_not_call then least(system_modstamp, system_modstamp) else created_date end as stated_at,
    'existing_customer' as basis,
    'crm' as channel
from source
where do_not_call is not null;
