create view staging."stg_connect__contacts" as
-- A transfer is a leg of its own in Amazon Connect: the interaction has the beginning of the first
-- leg and the end and agent of the last. Without queue and agent it ended in the menu.
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

),

legs as (

    select
        *,
        coalesce(initial_contact_id, contact_id) as interaction_id,
        row_number() over (
            partition by coalesce(initial_contact_id, contact_id)
            order by initiation_timestamp, contact_id
        ) as leg,
        row_number() over (
            partition by coalesce(initial_contact_id, contact_id)
            order by initiation_timestamp desc, contact_id desc
        ) as leg_from_end
    from source

),

interactions as (

    select
        interaction_id,
        max(last_update_timestamp) as version_at,
        max(case when leg = 1 then coalesce(customer_number, customer_endpoint_address) end) as person_token,
        max(case when leg = 1 then channel end) as channel,
        max(case when leg = 1 then initiation_method end) as initiation_method,
        min(initiation_timestamp) as opened_at,
        max(case when leg_from_end = 1 then disconnect_timestamp end) as closed_at,
        max(case when leg = 1 then lower(reason) end) as reason,
        max(case when leg = 1 then queue_name end) as queue,
        max(case when leg_from_end = 1 then routing_profile end) as team,
        max(case when leg_from_end = 1 then agent_username end) as agent_token,
        max(case when connected_to_agent_timestamp is not null then 1 else 0 end) as reached_agent,
        max(case when enqueue_timestamp is not null then 1 else 0 end) as was_queued,
        max(case when lower(test_call) = 'true' then 1 else 0 end) as was_test
    from legs
    group by interaction_id

)

select
    'connect' as source,
    interaction_id as source_id,
    version_at,
    person_token,
    case channel when 'VOICE' then 'call' when 'CHAT' then 'chat' when 'EMAIL' then 'email' else 'ticket' end as channel,
    case when initiation_method = 'OUTBOUND' then 'outbound' else 'inbound' end as direction,
    opened_at,
    closed_at,
    reason,
    null as category,
    null as priority,
    queue,
    team,
    agent_token,
    case when closed_at is null then 'open' else 'closed' end as status,
    case
        when reached_agent = 1 then 'answered'
        when closed_at is null then null
        when was_queued = 1 then 'abandoned'
        else 'self_service'
    end as outcome,
    null as conversation_id,
    was_test = 1 as is_test,
    null as subject_redacted
from interactions;
