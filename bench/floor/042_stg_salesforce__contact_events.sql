create view staging."stg_salesforce__contact_events" as
-- A case record keeps its beginning, the first reply and the end, not what lay between.
with source as (

    select * from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."cases" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
    where not coalesce(is_deleted, false)

)

select
    'salesforce' as source,
    id || '/created' as source_id,
    system_modstamp as version_at,
    id as contact_id,
    created_date as occurred_at,
    'created' as kind,
    null as from_value,
    'new' as to_value,
    'customer' as actor,
    coalesce(contact_id, supplied_email, supplied_phone) as actor_token,
    description as text_redacted
from source
where created_date is not null

union all

select
    'salesforce' as source,
    id || '/reply_public' as source_id,
    system_modstamp as version_at,
    id as contact_id,
    first_reply_at as occurred_at,
    'reply_public' as kind,
    null as from_value,
    null as to_value,
    'agent' as actor,
    owner_id as actor_token,
    null as text_redacted
from source
where first_reply_at is not null

union all

select
    'salesforce' as source,
    id || '/solved' as source_id,
    system_modstamp as version_at,
    id as contact_id,
    closed_date as occurred_at,
    'solved' as kind,
    null as from_value,
    'closed' as to_value,
    'agent' as actor,
    owner_id as actor_token,
    null as text_redacted
from source
where closed_date is not null;
