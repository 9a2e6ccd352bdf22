create view staging."stg_connect__contact_segments" as
-- Amazon Connect tells how long a call was on hold, not when: hold stands after the talk.
with source as (

    select
        *,
        coalesce(initial_contact_id, contact_id) as interaction_id,
        /*engine*/ connected_to_agent_timestamp + to_seconds(agent_interaction_duration) /*end*/ as talked_until
    from (
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

),

stretches as (

    select
        contact_id,
        interaction_id,
        last_update_timestamp,
        'ivr' as kind,
        connected_to_system_timestamp as started_at,
        coalesce(enqueue_timestamp, connected_to_agent_timestamp, disconnect_timestamp) as ended_at,
        null as agent_token,
        queue_name
    from source
    where connected_to_system_timestamp is not null and initiation_method = 'INBOUND'

    union all

    select
        contact_id,
        interaction_id,
        last_update_timestamp,
        'queue' as kind,
        enqueue_timestamp as started_at,
        coalesce(dequeue_timestamp, connected_to_agent_timestamp, disconnect_timestamp) as ended_at,
        null as agent_token,
        queue_name
    from source
    where enqueue_timestamp is not null and true

    union all

    select
        contact_id,
        interaction_id,
        last_update_timestamp,
        'talk' as kind,
        connected_to_agent_timestamp as started_at,
        talked_until as ended_at,
        agent_username as agent_token,
        queue_name
    from source
    where connected_to_agent_timestamp is not null and true

    union all

    select
        contact_id,
        interaction_id,
        last_update_timestamp,
        'hold' as kind,
        talked_until as started_at,
        /*engine*/ talked_until + to_seconds(customer_hold_duration) /*end*/ as ended_at,
        agent_username as agent_token,
        queue_name
    from source
    where talked_until is not null and customer_hold_duration > 0

    union all

    select
        contact_id,
        interaction_id,
        last_update_timestamp,
        'wrap_up' as kind,
        after_contact_work_start_timestamp as started_at,
        after_contact_work_end_timestamp as ended_at,
        agent_username as agent_token,
        queue_name
    from source
    where after_contact_work_start_timestamp is not null and true

)

select
    'connect' as source,
    contact_id || '/' || kind as source_id,
    last_update_timestamp as version_at,
    interaction_id as contact_id,
    kind,
    started_at,
    ended_at,
    agent_token,
    queue_name as queue
from stretches;
