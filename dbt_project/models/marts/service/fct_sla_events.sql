-- Each promise made to a contact and what became of it by `as_of`: targets that the desk applied, in calendar or business
-- time, and the promise of the queue to answer in time. A clock of waiting or of work rests while the case waits for its
-- customer, that of work on hold too. A promise is broken when its clock has run for longer than its target.
{%- set replies = 'partition by source, contact_id order by occurred_at, source_id' %}
{%- set rests = {'requester_wait_time': "'done', 'customer'", 'agent_work_time': "'done', 'customer', 'hold'"} %}
with contacts as (

    select
        *,
        {{ epoch_us('opened_at') }} as opened_us
    from {{ ref('fct_contacts') }}
    where excluded_reason is null

),

applied as (

    select
        t.source,
        t.contact_id as source_id,
        t.source || '/' || t.contact_id as contact_id,
        p.policy,
        p.metric,
        p.clock,
        p.source || '/' || p.schedule_id as clock_id,
        p.target_minutes,
        row_number() over (
            partition by t.source, t.contact_id, p.policy, p.metric
            order by t.applied_at desc, p.priority desc, p.source_id
        ) as application_rank
    from {{ ref('sla_targets') }} as t
    inner join {{ ref('contacts') }} as c on c.source = t.source and c.source_id = t.contact_id
    inner join {{ ref('sla_policies') }} as p
        on p.source = t.source
        and p.policy = t.policy
        and (p.priority is null or p.priority = c.priority)
        and (p.valid_from is null or p.valid_from <= t.applied_at)
        and (p.valid_to is null or p.valid_to > t.applied_at)

),

deeds as (

    select
        source || '/' || contact_id as contact_id,
        min(case when kind = 'reply_public' and actor = 'agent' then {{ epoch_us('occurred_at') }} end) as replied_us,
        min(case when kind = 'solved' then {{ epoch_us('occurred_at') }} end) as solved_us
    from {{ ref('contact_events') }}
    where occurred_at < {{ as_of_at() }}
    group by source, contact_id

),

-- what is said in a case, and how it goes on: the next answer of an agent, or the end of it
said as (

    select
        source || '/' || contact_id as contact_id,
        source_id,
        kind,
        actor,
        {{ epoch_us('occurred_at') }} as said_us,
        lag(actor) over ({{ replies }}) as actor_before,
        min(case when kind <> 'reply_public' or actor = 'agent' then {{ epoch_us('occurred_at') }} end)
            over ({{ replies }} rows between 1 following and unbounded following) as answered_us
    from {{ ref('contact_events') }}
    where occurred_at < {{ as_of_at() }}
        and (kind in ('solved', 'closed') or kind = 'reply_public' and actor in ('agent', 'customer'))

),

stays as (

    select
        source || '/' || contact_id as contact_id,
        {{ case_rest('state') }} as rest,
        1000000 * started_second as started_us,
        1000000 * ended_second as ended_us,
        is_open,
        max(case when is_open then 1 else 0 end) over (partition by source, contact_id) as is_case_open,
        max(1000000 * ended_second) over (partition by source, contact_id) as over_us
    from {{ ref('int_case_stays') }}

),

-- the stretches in which the clock of a promise runs; `occurrence` tells promises of one metric apart
runs as (

    select
        a.*,
        '' as occurrence,
        c.opened_us as started_us,
        d.replied_us as fulfilled_us,
        d.replied_us as ended_us,
        0 as is_resting
    from applied as a
    inner join contacts as c on c.contact_id = a.contact_id
    left join deeds as d on d.contact_id = a.contact_id
    where a.application_rank = 1 and a.metric = 'first_reply_time'
    union all
    select
        a.*,
        '' as occurrence,
        c.opened_us as started_us,
        coalesce(d.solved_us, {{ epoch_us('c.closed_at') }}) as fulfilled_us,
        coalesce(d.solved_us, {{ epoch_us('c.closed_at') }}) as ended_us,
        0 as is_resting
    from applied as a
    inner join contacts as c on c.contact_id = a.contact_id
    left join deeds as d on d.contact_id = a.contact_id
    where a.application_rank = 1 and a.metric = 'resolution_time'
    union all
    select
        a.*,
        s.source_id as occurrence,
        s.said_us as started_us,
        s.answered_us as fulfilled_us,
        s.answered_us as ended_us,
        0 as is_resting
    from applied as a
    inner join contacts as c on c.contact_id = a.contact_id
    inner join said as s on s.contact_id = a.contact_id and s.kind = 'reply_public'
    where a.application_rank = 1
        and (a.metric = 'next_reply_time' and s.actor = 'customer' and s.actor_before = 'agent'
            or a.metric = 'periodic_update_time' and s.actor = 'agent')
    {%- for metric, states in rests.items() %}
    union all
    select
        a.*,
        '' as occurrence,
        s.started_us,
        case when s.is_case_open = 0 then s.over_us end as fulfilled_us,
        case when not s.is_open then s.ended_us end as ended_us,
        max(case when s.is_open and s.rest in ({{ states }}) then 1 else 0 end)
            over (partition by a.contact_id, a.policy, a.metric) as is_resting
    from applied as a
    inner join contacts as c on c.contact_id = a.contact_id
    inner join stays as s on s.contact_id = a.contact_id
    where a.application_rank = 1 and a.metric = '{{ metric }}' and (s.rest not in ({{ states }}) or s.is_open)
    {%- endfor %}

),

promised as (

    select
        *,
        contact_id || '|' || policy || '|' || metric || case when occurrence <> '' then '|' || occurrence else '' end as span_id,
        60000000 * target_minutes as target_us
    from runs

),

measured_parts as (

    select
        span_id,
        clock,
        source,
        source_id as contact_id,
        clock_id,
        started_us,
        coalesce(ended_us, {{ epoch_us(as_of_at()) }}) as ended_us
    from promised
    where is_resting = 0 or ended_us is not null

),

elapsed as (

    select
        b.span_id,
        b.business_us as elapsed_us,
        b.schedule_count,
        b.interval_count,
        b.dropped_count,
        b.excluded_reason
    from {{ business_time("(select * from measured_parts as m where m.clock = 'business')") }} as b
    union all
    select
        span_id,
        cast(sum(ended_us - started_us) as bigint) as elapsed_us,
        0 as schedule_count,
        0 as interval_count,
        0 as dropped_count,
        case when min(ended_us - started_us) < 0 then 'end_before_start' end as excluded_reason
    from measured_parts
    where clock = 'calendar'
    group by span_id

),

-- a promise that was kept would have been broken, had nobody kept it
lasting_parts as (

    select
        span_id,
        clock,
        source,
        source_id as contact_id,
        clock_id,
        started_us,
        case when metric in ('{{ rests | join("', '") }}') then ended_us end as ended_us,
        target_us
    from promised
    where is_resting = 0 or ended_us is not null

),

promises as (

    select
        p.span_id,
        p.contact_id,
        p.policy,
        p.metric,
        p.clock,
        60 * p.target_minutes as target_seconds,
        p.is_resting,
        p.started_us,
        p.fulfilled_us,
        case
            when p.fulfilled_us is not null and p.clock = 'business' and e.elapsed_us = 0 then p.fulfilled_us
            else d.deadline_us
        end as breach_us,
        case when e.excluded_reason is null then e.elapsed_us end as elapsed_us,
        e.elapsed_us > 60000000 * p.target_minutes as is_late,
        coalesce(e.schedule_count, 0) as schedule_count,
        coalesce(e.interval_count, 0) as interval_count,
        coalesce(e.dropped_count, 0) as dropped_count,
        e.excluded_reason
    from (
        select
            span_id,
            contact_id,
            policy,
            metric,
            clock,
            max(target_minutes) as target_minutes,
            max(is_resting) as is_resting,
            min(started_us) as started_us,
            max(fulfilled_us) as fulfilled_us
        from promised
        group by span_id, contact_id, policy, metric, clock
    ) as p
    left join elapsed as e on e.span_id = p.span_id
    left join {{ deadlines('lasting_parts') }} as d on d.span_id = p.span_id
    union all
    select
        contact_id || '|' || policy || '|' || metric as span_id,
        contact_id,
        policy,
        metric,
        clock,
        60 * target_minutes as target_seconds,
        0 as is_resting,
        null as started_us,
        null as fulfilled_us,
        null as breach_us,
        null as elapsed_us,
        null as is_late,
        0 as schedule_count,
        0 as interval_count,
        0 as dropped_count,
        'unknown_metric' as excluded_reason
    from applied
    where application_rank = 1
        and metric not in ('first_reply_time', 'next_reply_time', 'periodic_update_time', 'resolution_time', '{{ rests | join("', '") }}')
        and contact_id in (select contact_id from contacts)
    union all
    select
        contact_id || '|service_level_80_20|queue_wait' as span_id,
        contact_id,
        'service_level_80_20' as policy,
        'queue_wait' as metric,
        'calendar' as clock,
        cast({{ threshold('service_level_seconds') }} as bigint) as target_seconds,
        0 as is_resting,
        {{ epoch_us('queue_entered_at') }} as started_us,
        case when is_answered
            then {{ epoch_us('queue_entered_at') }} + cast(round(1000000 * wait_seconds) as bigint)
        end as fulfilled_us,
        {{ epoch_us('queue_entered_at') }} + 1000000 * {{ threshold('service_level_seconds') }} as breach_us,
        case when is_answered then cast(round(1000000 * wait_seconds) as bigint) end as elapsed_us,
        is_abandoned or wait_seconds > {{ threshold('service_level_seconds') }} as is_late,
        0 as schedule_count,
        0 as interval_count,
        0 as dropped_count,
        case
            when wait_seconds is null then 'implausible_wait'
            when is_abandoned and wait_seconds <= {{ threshold('service_level_seconds') }}
                then 'abandoned_within_target'
        end as excluded_reason
    from contacts
    where is_offered

)

select
    md5(p.span_id) as sla_event_id,
    p.contact_id,
    c.person_id,
    c.source,
    c.channel,
    c.queue,
    c.team,
    c.priority,
    p.policy,
    p.metric,
    p.clock,
    case
        when p.excluded_reason is not null then 'excluded'
        when p.is_late then 'breached'
        when p.fulfilled_us is not null then 'met'
        when p.is_resting = 1 then 'paused'
        else 'active'
    end as state,
    p.excluded_reason,
    p.target_seconds,
    cast(cast(p.elapsed_us as double) / 1000000 as decimal(18, 3)) as elapsed_seconds,
    p.schedule_count,
    p.interval_count,
    p.dropped_count,
    {{ timestamp_us('p.started_us') }} as started_at,
    case when p.excluded_reason is null then {{ timestamp_us('p.breach_us') }} end as breach_at,
    {{ timestamp_us('p.fulfilled_us') }} as fulfilled_at,
    c.local_date
from promises as p
inner join contacts as c on c.contact_id = p.contact_id
