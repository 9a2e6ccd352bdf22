-- Each promise made to a contact and what became of it by `as_of`: targets that the desk applied, in calendar or business
-- time, and the promise of the queue to answer in time. A clock of waiting or of work rests while the case waits for its
-- customer, that of work on hold too. A promise is broken when its clock has run for longer than its target.
{%- set in_turn = 'partition by contact_number order by place' %}
{%- set rests = {'requester_wait_time': "'done', 'customer'", 'agent_work_time': "'done', 'customer', 'hold'"} %}
{%- set metrics = ['first_reply_time', 'resolution_time', 'next_reply_time', 'periodic_update_time'] + rests | list %}
with contacts as (

    select
        f.*,
        k.contact_number,
        {{ epoch_us('f.opened_at') }} as opened_us,
        {{ epoch_us('f.closed_at') }} as closed_us
    from {{ ref('fct_contacts') }} as f
    inner join {{ ref('int_contact_clocks') }} as k on f.contact_id = k.source || '/' || k.contact_id and k.place = 1
    where f.excluded_reason is null

),

-- a policy's versions, numbered; a promise is one of a contact, a version and, of replies, a message
policies as (

    select
        *,
        row_number() over (order by source, source_id) as policy_number
    from {{ ref('sla_policies') }}

),

applied as (

    select
        k.contact_number,
        p.policy_number,
        row_number() over (
            partition by k.contact_number, p.policy, p.metric
            order by t.applied_at desc, p.priority desc, p.source_id
        ) as application_rank
    from {{ ref('sla_targets') }} as t
    inner join {{ ref('int_contact_clocks') }} as k on k.source = t.source and k.contact_id = t.contact_id and k.place = 1
    inner join {{ ref('contacts') }} as c on c.source = t.source and c.source_id = t.contact_id
    inner join policies as p
        on p.source = t.source
        and p.policy = t.policy
        and (p.priority is null or p.priority = c.priority)
        and (p.valid_from is null or p.valid_from <= t.applied_at)
        and (p.valid_to is null or p.valid_to > t.applied_at)

),

due as (

    select
        a.contact_number,
        a.policy_number,
        p.metric,
        p.clock,
        case when p.clock = 'business' then p.source || '/' || p.schedule_id end as clock_id,
        60000000 * p.target_minutes as target_us
    from applied as a
    inner join policies as p on p.policy_number = a.policy_number
    where a.application_rank = 1

),

deeds as (

    select
        contact_number,
        min(case when kind = 'reply_public' and actor = 'agent' then at_us end) as replied_us,
        min(case when kind = 'solved' then at_us end) as solved_us
    from {{ ref('int_case_events') }}
    group by contact_number

),

-- what is said in a case, and how it goes on: the next answer of an agent, or the end of it
said as (

    select
        contact_number,
        place,
        kind,
        actor,
        at_us,
        lag(actor) over ({{ in_turn }}) as actor_before,
        min(case when kind <> 'reply_public' or actor = 'agent' then at_us end)
            over ({{ in_turn }} rows between 1 following and unbounded following) as answered_us
    from {{ ref('int_case_events') }}
    where kind in ('solved', 'closed') or kind = 'reply_public' and actor in ('agent', 'customer')

),

stays as (

    select
        contact_number,
        {{ case_rest('state') }} as rest,
        started_us,
        ended_us,
        is_open,
        max(case when is_open then 1 else 0 end) over (partition by contact_number) as is_case_open,
        max(ended_us) over (partition by contact_number) as over_us
    from {{ ref('int_case_stays') }}

),

-- the stretches in which the clock of a promise runs
runs as (

    select
        d.*,
        0 as place,
        c.opened_us as started_us,
        case when d.metric = 'first_reply_time' then x.replied_us else coalesce(x.solved_us, c.closed_us) end as fulfilled_us,
        case when d.metric = 'first_reply_time' then x.replied_us else coalesce(x.solved_us, c.closed_us) end as ended_us,
        cast(null as bigint) as lasting_us,
        0 as is_resting
    from due as d
    inner join contacts as c on c.contact_number = d.contact_number
    left join deeds as x on x.contact_number = d.contact_number
    where d.metric in ('first_reply_time', 'resolution_time')
    union all
    select
        d.*,
        s.place,
        s.at_us as started_us,
        s.answered_us as fulfilled_us,
        s.answered_us as ended_us,
        null as lasting_us,
        0 as is_resting
    from due as d
    inner join said as s on s.contact_number = d.contact_number and s.kind = 'reply_public'
    where d.metric = 'next_reply_time' and s.actor = 'customer' and s.actor_before = 'agent'
        or d.metric = 'periodic_update_time' and s.actor = 'agent'
    {%- for metric, states in rests.items() %}
    union all
    select
        d.*,
        0 as place,
        s.started_us,
        case when s.is_case_open = 0 then s.over_us end as fulfilled_us,
        case when s.is_open then null else s.ended_us end as ended_us,
        case when s.is_open then null else s.ended_us end as lasting_us,
        case when s.is_open and s.rest in ({{ states }}) then 1 else 0 end as is_resting
    from due as d
    inner join stays as s on s.contact_number = d.contact_number
    where d.metric = '{{ metric }}' and (s.rest not in ({{ states }}) or s.is_open)
    {%- endfor %}

),

-- number of contact, policy version and message in one: a promise
parts as (

    select
        cast(contact_number as decimal(38, 0)) * 1000000000000000 + policy_number * 1000000000 + place as span_id,
        contact_number,
        policy_number,
        clock,
        clock_id,
        place,
        started_us,
        fulfilled_us,
        {#- a clock that rests until now has not run since -#}
        case when is_resting = 1 then started_us else coalesce(ended_us, {{ epoch_us(as_of_at()) }}) end as ended_us,
        case when is_resting = 1 then started_us else lasting_us end as lasting_us,
        is_resting,
        target_us
    from runs

),

times as (

    select
        span_id,
        elapsed_us,
        deadline_us,
        schedule_count,
        interval_count,
        dropped_count,
        excluded_reason
    from {{ business_time("(select * from parts as q where q.clock = 'business')", targets=true) }} as b
    union all
    select
        span_id,
        case when min(ended_us - started_us) >= 0 then cast(sum(ended_us - started_us) as bigint) end as elapsed_us,
        min(case when ran_in_all > target_us then started_us + target_us - ran_in_all + lasts_us end) as deadline_us,
        0 as schedule_count,
        0 as interval_count,
        0 as dropped_count,
        case when min(ended_us - started_us) < 0 then 'end_before_start' end as excluded_reason
    from (
        select
            *,
            cast(sum(lasts_us) over (partition by span_id order by started_us, ended_us
                rows between unbounded preceding and current row) as bigint) as ran_in_all
        from (
            select *, coalesce(lasting_us, {{ 1000000 * 253402300800 }}) - started_us as lasts_us
            from parts
            where clock = 'calendar'
        ) as c
    ) as p
    group by span_id

),

promised as (

    select
        span_id,
        contact_number,
        policy_number,
        place,
        max(is_resting) as is_resting,
        min(started_us) as started_us,
        max(fulfilled_us) as fulfilled_us
    from parts
    group by span_id, contact_number, policy_number, place

),

promises as (

    select
        c.contact_id || '|' || y.policy || '|' || y.metric || case when p.place > 0 then '|' || e.event_id else '' end as promise,
        p.contact_number,
        y.policy,
        y.metric,
        y.clock,
        60 * y.target_minutes as target_seconds,
        p.is_resting,
        p.started_us,
        p.fulfilled_us,
        case
            when p.fulfilled_us is not null and y.clock = 'business' and t.elapsed_us = 0 then p.fulfilled_us
            else t.deadline_us
        end as breach_us,
        t.elapsed_us,
        t.elapsed_us > 60000000 * y.target_minutes as is_late,
        t.schedule_count,
        t.interval_count,
        t.dropped_count,
        t.excluded_reason
    from promised as p
    inner join times as t on t.span_id = p.span_id
    inner join policies as y on y.policy_number = p.policy_number
    inner join contacts as c on c.contact_number = p.contact_number
    left join {{ ref('int_case_events') }} as e
        on p.place > 0 and e.contact_number = p.contact_number and e.place = p.place
    union all
    select
        c.contact_id || '|' || y.policy || '|' || y.metric as promise,
        d.contact_number,
        y.policy,
        y.metric,
        y.clock,
        60 * y.target_minutes as target_seconds,
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
    from due as d
    inner join policies as y on y.policy_number = d.policy_number
    inner join contacts as c on c.contact_number = d.contact_number
    where d.metric not in ('{{ metrics | join("', '") }}')
    union all
    select
        contact_id || '|service_level_80_20|queue_wait' as promise,
        contact_number,
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
    md5(p.promise) as sla_event_id,
    c.contact_id,
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
inner join contacts as c on c.contact_number = p.contact_number
