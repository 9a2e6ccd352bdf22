create view staging."stg_connect__contact_events" as
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
    where transfer_completed_timestamp is not null

)

select
    'connect' as source,
    contact_id || '/transferred' as source_id,
    last_update_timestamp as version_at,
    coalesce(initial_contact_id, contact_id) as contact_id,
    transfer_completed_timestamp as occurred_at,
    'transferred' as kind,
    null as from_value,
    null as to_value,
    'agent' as actor,
    agent_username as actor_token,
    null as text_redacted
from source;
