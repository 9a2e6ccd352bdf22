create table marts."fct_sla_events" as
-- Each promise made to a contact and what became of it by `as_of`: targets that the desk applied, and
-- the promise of the queue to answer in time. Business clocks are named, not yet measured.
with contacts as (

    select * from "marts"."fct_contacts" where excluded_reason is null

),

applied as (

    select
        t.source || '/' || t.contact_id as contact_id,
        p.policy,
        p.metric,
        p.clock,
        p.target_minutes,
        row_number() over (
            partition by t.source, t.contact_id, p.policy, p.metric
            order by t.applied_at desc, p.priority desc, p.source_id
        ) as application_rank
    from "entities"."sla_targets" as t
    inner join "entities"."contacts" as c on c.source = t.source and c.source_id = t.contact_id
    inner join "entities"."sla_policies" as p
        on p.source = t.source
        and p.policy = t.policy
        and (p.priority is null or p.priority = c.priority)
        and (p.valid_from is null or p.valid_from <= t.applied_at)
        and (p.valid_to is null or p.valid_to > t.applied_at)

),

deeds as (

    select
        source || '/' || contact_id as contact_id,
        min(case when kind = 'reply_public' and actor = 'agent' then occurred_at end) as first_reply_at,
        min(case when kind = 'solved' then occurred_at end) as first_solved_at
    from "entities"."contact_events"
    group by source, contact_id

),

promises as (

    select
        a.contact_id,
        a.policy,
        a.metric,
        a.clock,
        60 * a.target_minutes as target_seconds,
        c.opened_at as started_at,
        case a.metric
            when 'first_reply_time' then d.first_reply_at
            when 'resolution_time' then coalesce(d.first_solved_at, c.closed_at)
        end as fulfilled_at,
        case
            when a.clock <> 'calendar' then 'business_clock'
            when a.metric not in ('first_reply_time', 'resolution_time') then 'unknown_metric'
        end as excluded_reason
    from applied as a
    inner join contacts as c on c.contact_id = a.contact_id
    left join deeds as d on d.contact_id = a.contact_id
    where a.application_rank = 1

    union all

    select
        contact_id,
        'service_level_80_20' as policy,
        'queue_wait' as metric,
        'calendar' as clock,
        cast(20 as bigint) as target_seconds,
        queue_entered_at as started_at,
        case when is_answered then queue_entered_at + cast(wait_seconds as double) * interval 1 second end as fulfilled_at,
        case
            when wait_seconds is null then 'implausible_wait'
            when is_abandoned and wait_seconds <= 20
                then 'abandoned_within_target'
        end as excluded_reason
    from contacts
    where is_offered

),

measured as (

    select
        *,
        started_at + target_seconds * interval 1 second as breach_at,
        coalesce(fulfilled_at, timestamp '{as_of_at}') as measured_to
    from promises

)

select
    md5(m.contact_id || '|' || m.policy || '|' || m.metric) as sla_event_id,
    m.contact_id,
    c.person_id,
    c.source,
    c.channel,
    c.queue,
    c.team,
    c.priority,
    m.policy,
    m.metric,
    m.clock,
    case
        when m.excluded_reason is not null then 'excluded'
        when m.fulfilled_at <= m.breach_at then 'met'
        when m.fulfilled_at > m.breach_at or c.is_abandoned and m.metric = 'queue_wait' then 'breached'
        when m.breach_at < timestamp '{as_of_at}' then 'breached'
        else 'active'
    end as state,
    m.excluded_reason,
    m.target_seconds,
    case when m.excluded_reason is null and (m.fulfilled_at is not null or m.metric <> 'queue_wait')
        then cast(cast(/*engine*/ epoch_us(m.measured_to) /*end*/ - /*engine*/ epoch_us(m.started_at) /*end*/ as double)
            / 1000000 as decimal(18, 3))
    end as elapsed_seconds,
    m.started_at,
    m.breach_at,
    m.fulfilled_at,
    c.local_date
from measured as m
inner join contacts as c on c.contact_id = m.contact_id;
