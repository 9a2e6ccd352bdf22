create view staging."stg_qualtrics__identifiers" as
with seen as (

    select
        recipient_email as email,
        external_reference as customer_number,
        recorded_date as seen_at
    from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_qualtrics"."responses" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)

    union all

    select
        email,
        external_data_reference as customer_number,
        sent_at as seen_at
    from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_qualtrics"."distribution_history" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)

)

select
    'qualtrics' as source,
    email || '/' || customer_number as source_id,
    null as version_at,
    'email' as kind,
    email as token,
    'login' as other_kind,
    customer_number as other_token,
    min(seen_at) as seen_at,
    'survey_recipient' as rule
from seen
where email is not null and customer_number is not null
group by email, customer_number;
