create table marts."fct_sla_events" as
-- Each promise made to a contact and what became of it by `as_of`: targets that the desk applied, in calendar or business
-- time, and the promise of the queue to answer in time. A clock of waiting or of work rests while the case waits for its
-- customer, that of work on hold too. A promise is broken when its clock has run for longer than its target.
with contacts as (

    select
        f.*,
        k.contact_number,
        /*engine*/ epoch_us(f.opened_at) /*end*/ as opened_us,
        /*engine*/ epoch_us(f.closed_at) /*end*/ as closed_us
    from "marts"."fct_contacts" as f
    inner join "intermediate"."int_contact_clocks" as k on f.contact_id = k.source || '/' || k.contact_id and k.place = 1
    where f.excluded_reason is null

),

-- a policy's versions, numbered; a promise is one of a contact, a version and, of replies, a message
policies as (

    select
        *,
        row_number() over (order by source, source_id) as policy_number
    from "entities"."sla_policies"

),

applied as (

    select
        k.contact_number,
        p.policy_number,
        row_number() over (
            partition by k.contact_number, p.policy, p.metric
            order by t.applied_at desc, p.priority desc, p.source_id
        ) as application_rank
    from "entities"."sla_targets" as t
    inner join "intermediate"."int_contact_clocks" as k on k.source = t.source and k.contact_id = t.contact_id and k.place = 1
    inner join "entities"."contacts" as c on c.source = t.source and c.source_id = t.contact_id
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
    from "intermediate"."int_case_events"
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
        lag(actor) over (partition by contact_number order by place) as actor_before,
        min(case when kind <> 'reply_public' or actor = 'agent' then at_us end)
            over (partition by contact_number order by place rows between 1 following and unbounded following) as answered_us
    from "intermediate"."int_case_events"
    where kind in ('solved', 'closed') or kind = 'reply_public' and actor in ('agent', 'customer')

),

stays as (

    select
        contact_number,
        case
    when case
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(new|queued?|unassigned|on[-_ ]?hold|hold|pending|wait(ing)?|awaiting)([^a-z]|$)') /*end*/ then 'waiting'
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(solved|resolved|closed|cancell?ed)([^a-z]|$)') /*end*/ then 'done'
    else 'working'
end = 'done' then 'done'
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(pending|customer|requester|caller)([^a-z]|$)') /*end*/ then 'customer'
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(on[-_ ]?hold|hold|suspended)([^a-z]|$)') /*end*/ then 'hold'
    else 'none'
end as rest,
        started_us,
        ended_us,
        is_open,
        max(case when is_open then 1 else 0 end) over (partition by contact_number) as is_case_open,
        max(ended_us) over (partition by contact_number) as over_us
    from "intermediate"."int_case_stays"

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
    union all
    select
        d.*,
        0 as place,
        s.started_us,
        case when s.is_case_open = 0 then s.over_us end as fulfilled_us,
        case when s.is_open then null else s.ended_us end as ended_us,
        case when s.is_open then null else s.ended_us end as lasting_us,
        case when s.is_open and s.rest in ('done', 'customer') then 1 else 0 end as is_resting
    from due as d
    inner join stays as s on s.contact_number = d.contact_number
    where d.metric = 'requester_wait_time' and (s.rest not in ('done', 'customer') or s.is_open)
    union all
    select
        d.*,
        0 as place,
        s.started_us,
        case when s.is_case_open = 0 then s.over_us end as fulfilled_us,
        case when s.is_open then null else s.ended_us end as ended_us,
        case when s.is_open then null else s.ended_us end as lasting_us,
        case when s.is_open and s.rest in ('done', 'customer', 'hold') then 1 else 0 end as is_resting
    from due as d
    inner join stays as s on s.contact_number = d.contact_number
    where d.metric = 'agent_work_time' and (s.rest not in ('done', 'customer', 'hold') or s.is_open)

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
        fulfilled_us,case when is_resting = 1 then started_us else coalesce(ended_us, /*engine*/ epoch_us(timestamp '{as_of_at}') /*end*/) end as ended_us,
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
    from (
    with placed as (

        select
            p.span_id,
            k.clock_id,
            greatest(p.started_us, coalesce(k.from_us, p.started_us)) as started_us,
            case when k.to_us < p.ended_us then k.to_us else p.ended_us end as ended_us,
            case when p.ended_us < p.started_us then 1 else 0 end as is_reversed,
            p.target_us,
            case when k.to_us < p.lasting_us or p.lasting_us is null then k.to_us else p.lasting_us end as lasting_us
        from (select * from parts as q where q.clock = 'business') as p
        inner join "intermediate"."int_contact_clocks" as k on k.contact_number = p.contact_number
        where p.clock_id is null
            and (k.from_us is null or k.from_us <= p.started_us
                or k.from_us < coalesce(p.lasting_us, k.from_us + 1))
            and (k.to_us is null or k.to_us > p.started_us)
        union all
        select
            p.span_id,
            p.clock_id,
            p.started_us,
            p.ended_us,
            case when p.ended_us < p.started_us then 1 else 0 end as is_reversed,
            p.target_us,
            p.lasting_us
        from (select * from parts as q where q.clock = 'business') as p
        where p.clock_id is not null

    ),

    clocks as (

        select
            clock_id,
            max(open_us_before + is_open * (ends_us - starts_us)) as open_us
        from "intermediate"."int_business_clock"
        group by clock_id

    ),

    looked_up as (

        select
            p.*,
            c.clock_id is not null as is_known,
            b.clock_id is not null and (e.clock_id is not null or p.ended_us < p.started_us) as is_whole,
            (b.open_us_before + b.is_open * (p.started_us - b.starts_us)) as ran_before,
            (e.open_us_before + e.is_open * (p.ended_us - e.starts_us)) - (b.open_us_before + b.is_open * (p.started_us - b.starts_us)) as ran_us,
            (e.unknown_us_before + (1 - e.is_known) * (p.ended_us - e.starts_us)) - (b.unknown_us_before + (1 - b.is_known) * (p.started_us - b.starts_us)) as unknown_us,
            greatest(e.opened_count - b.closed_count, 0) as interval_count,
            greatest(e.off_begun_count - b.off_ended_count, 0) as dropped_count,
            case when p.lasting_us is null then c.open_us else (l.open_us_before + l.is_open * (p.lasting_us - l.starts_us)) end
                - (b.open_us_before + b.is_open * (p.started_us - b.starts_us)) as lasting_ran_us
        from (
            select
                *,
                cast(floor(cast(started_us as double) / 86400000000) as bigint) as first_day,
                cast(floor(cast(greatest(ended_us - 1, started_us) as double) / 86400000000) as bigint) as last_day,
                cast(floor(cast(greatest(lasting_us - 1, started_us) as double) / 86400000000) as bigint) as lasting_day
            from placed
        ) as p
        left join clocks as c on c.clock_id = p.clock_id
        left join "intermediate"."int_business_clock" as b
            on b.clock_id = p.clock_id
            and b.day_number = p.first_day
            and b.starts_us <= p.started_us
            and b.ends_us > p.started_us
        left join "intermediate"."int_business_clock" as e
            on e.clock_id = p.clock_id
            and e.day_number = p.last_day
            and e.starts_us <= greatest(p.ended_us - 1, p.started_us)
            and e.ends_us > greatest(p.ended_us - 1, p.started_us)
            and p.ended_us >= p.started_us
        left join "intermediate"."int_business_clock" as l
            on l.clock_id = p.clock_id
            and l.day_number = p.lasting_day
            and l.starts_us <= greatest(p.lasting_us - 1, p.started_us)
            and l.ends_us > greatest(p.lasting_us - 1, p.started_us)

    ),

    -- of the parts in which the target is passed, the first is passed first
    wanted as (

        select
            *,
            case when ran_in_all > target_us then ran_before + target_us - ran_in_all + lasting_ran_us end as wanted_us
        from (
            select
                *,
                cast(sum(lasting_ran_us) over (partition by span_id order by started_us, clock_id
                    rows between unbounded preceding and current row) as bigint) as ran_in_all
            from looked_up
        ) as s

    ),

    pieces as (

        select
            clock_id,
            starts_us,
            open_us_before as from_us,
            open_us_before + ends_us - starts_us as to_us,
            cast(floor(cast(open_us_before as double) / 86400000000) as bigint) as bucket
        from "intermediate"."int_business_clock"
        where is_open = 1
        union all
        select
            clock_id,
            starts_us,
            open_us_before as from_us,
            open_us_before + ends_us - starts_us as to_us,
            cast(floor(cast(open_us_before + ends_us - starts_us - 1 as double) / 86400000000) as bigint) as bucket
        from "intermediate"."int_business_clock"
        where is_open = 1
            and cast(floor(cast(open_us_before + ends_us - starts_us - 1 as double) / 86400000000) as bigint) > cast(floor(cast(open_us_before as double) / 86400000000) as bigint)

    ),

    measured as (

        select
            w.*,
            p.starts_us + w.wanted_us - p.from_us as deadline_us
        from wanted as w
        left join pieces as p
            on p.clock_id = w.clock_id
            and p.bucket = cast(floor(cast(w.wanted_us as double) / 86400000000) as bigint)
            and p.from_us <= w.wanted_us
            and p.to_us > w.wanted_us

    ),

    summed as (

        select
            span_id,
            cast(sum(case when ended_us >= started_us then ran_us end) as bigint) as ran_us,
            cast(sum(case when ended_us >= started_us then unknown_us end) as bigint) as unknown_us,
            min(deadline_us) as deadline_us,
            max(is_reversed) as is_reversed,
            count(case when ended_us >= started_us or is_reversed = 1 then clock_id end) as part_count,
            count(distinct case when ended_us >= started_us or is_reversed = 1 then clock_id end) as schedule_count,
            cast(coalesce(sum(interval_count), 0) as bigint) as interval_count,
            cast(coalesce(sum(dropped_count), 0) as bigint) as dropped_count,
            min(case when is_known or not (ended_us >= started_us or is_reversed = 1) then 1 else 0 end) as is_known,
            min(case when is_whole or not (ended_us >= started_us or is_reversed = 1) then 1 else 0 end) as is_whole
        from measured
        group by span_id

    ),

    judged as (

        select
            *,
            case
                when is_reversed = 1 then 'end_before_start'
                when part_count = 0 then 'no_schedule'
                when is_known = 0 then 'unknown_schedule'
                when is_whole = 0 then 'beyond_calendar'
                when unknown_us > 0 then 'schedule_hole'
            end as excluded_reason
        from summed

    )

    select
        span_id,
        case when excluded_reason is null then ran_us end as elapsed_us,
        case when excluded_reason is null then deadline_us end as deadline_us,
        schedule_count,
        interval_count,
        dropped_count,
        excluded_reason
    from judged
) as b
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
            select *, coalesce(lasting_us, 253402300800000000) - started_us as lasts_us
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
    left join "intermediate"."int_case_events" as e
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
    where d.metric not in ('first_reply_time', 'resolution_time', 'next_reply_time', 'periodic_update_time', 'requester_wait_time', 'agent_work_time')
    union all
    select
        contact_id || '|service_level_80_20|queue_wait' as promise,
        contact_number,
        'service_level_80_20' as policy,
        'queue_wait' as metric,
        'calendar' as clock,
        cast(20 as bigint) as target_seconds,
        0 as is_resting,
        /*engine*/ epoch_us(queue_entered_at) /*end*/ as started_us,
        case when is_answered
            then /*engine*/ epoch_us(queue_entered_at) /*end*/ + cast(round(1000000 * wait_seconds) as bigint)
        end as fulfilled_us,
        /*engine*/ epoch_us(queue_entered_at) /*end*/ + 1000000 * 20 as breach_us,
        case when is_answered then cast(round(1000000 * wait_seconds) as bigint) end as elapsed_us,
        is_abandoned or wait_seconds > 20 as is_late,
        0 as schedule_count,
        0 as interval_count,
        0 as dropped_count,
        case
            when wait_seconds is null then 'implausible_wait'
            when is_abandoned and wait_seconds <= 20
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
    /*engine*/ make_timestamp(p.started_us) /*end*/ as started_at,
    case when p.excluded_reason is null then /*engine*/ make_timestamp(p.breach_us) /*end*/ end as breach_at,
    /*engine*/ make_timestamp(p.fulfilled_us) /*end*/ as fulfilled_at,
    c.local_date
from promises as p
inner join contacts as c on c.contact_number = p.contact_number;
