create view staging."stg_salesforce__contacts" as
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
    id as source_id,
    system_modstamp as version_at,
    coalesce(contact_id, supplied_email, supplied_phone) as person_token,
    case origin
        when 'Email' then 'email'
        when 'Phone' then 'call'
        when 'Chat' then 'chat'
        when 'Social' then 'social'
        else 'ticket'
    end as channel,
    'inbound' as direction,
    created_date as opened_at,
    closed_date as closed_at,
    lower(reason) as reason,
    null as category,
    lower(priority) as priority,
    null as queue,
    null as team,
    owner_id as agent_token,
    case when closed_date is not null then 'closed' when status = 'New' then 'open' else 'pending' end as status,
    case when closed_date is not null then 'handled' end as outcome,
    null as conversation_id,
    false as is_test,
    subject as subject_redacted
from source;
