create table marts."fct_contacts" as
-- Each contact with its person, its time, and what became of it in the queue.
with contacts as (

    select
        c.source || '/' || c.source_id as contact_id,
        c.source,
        p.person_id,
        c.agent_token,
        c.conversation_id,
        c.channel,
        c.direction,
        c.reason,
        c.category,
        c.priority,
        coalesce(c.queue, t.queue) as queue,
        c.team,
        c.status,
        c.outcome,
        t.queue_entered_at is not null as has_queue,
        -- the source's word comes first: talk times of an abandoned call are a slip of the switch
        coalesce(c.outcome in ('answered', 'handled'), false)
            or (t.talk_started_at is not null and coalesce(c.outcome, 'unknown') <> 'abandoned') as reached_agent,
        coalesce(t.agent_count > 1 or t.talk_count > 1 or c.outcome = 'transferred', false)
            as is_transferred,
        -- a stretch without an end or with an implausible one makes the whole unknown, never shorter
        case when t.unknown_wait_count = 0 then t.wait_seconds end as wait_seconds,
        t.ivr_seconds,
        t.talk_seconds,
        t.hold_seconds,
        t.wrap_up_seconds,
        case when t.unknown_handle_count = 0 and t.talk_seconds is not null
            then t.talk_seconds + coalesce(t.hold_seconds, 0) + coalesce(t.wrap_up_seconds, 0)
        end as handle_seconds,
        case
            when c.outcome = 'phantom' then 'phantom'
            when c.is_test then 'test'
        end as excluded_reason,
        c.opened_at,
        t.queue_entered_at,
        t.talk_started_at,
        case when c.closed_at < timestamp '{as_of_at}' then c.closed_at end as closed_at,
        cast(c.opened_at as date) as local_date
    from "entities"."contacts" as c
    left join "intermediate"."int_contact_times" as t on t.source = c.source and t.contact_id = c.source_id
    left join "intermediate"."int_person_tokens" as p on p.token = c.person_token

),

queued as (

    select
        *,
        case
            when not has_queue then null
            when reached_agent then 'answered'
            when outcome is not null and outcome <> 'abandoned' then 'left_otherwise'
            when outcome is null and closed_at is null then 'waiting'
            when wait_seconds <= 5 then 'short_abandon'
            else 'abandoned'
        end as queue_outcome
    from contacts

)

select
    contact_id,
    source,
    person_id,
    agent_token,
    conversation_id,
    channel,
    direction,
    reason,
    category,
    priority,
    queue,
    team,
    status,
    outcome,
    queue_outcome,
    excluded_reason,
    has_queue,
    reached_agent,
    excluded_reason is null and coalesce(queue_outcome in ('answered', 'abandoned'), false) as is_offered,
    excluded_reason is null and coalesce(queue_outcome = 'answered', false) as is_answered,
    excluded_reason is null and coalesce(queue_outcome = 'abandoned', false) as is_abandoned,
    excluded_reason is null and coalesce(queue_outcome = 'short_abandon', false) as is_short_abandon,
    excluded_reason is null and reached_agent and talk_seconds is not null as is_handled,
    is_transferred,
    cast(wait_seconds as decimal(18, 3)) as wait_seconds,
    cast(ivr_seconds as decimal(18, 3)) as ivr_seconds,
    cast(talk_seconds as decimal(18, 3)) as talk_seconds,
    cast(hold_seconds as decimal(18, 3)) as hold_seconds,
    cast(wrap_up_seconds as decimal(18, 3)) as wrap_up_seconds,
    cast(handle_seconds as decimal(18, 3)) as handle_seconds,
    opened_at,
    queue_entered_at,
    talk_started_at,
    closed_at,
    local_date
from queued;
