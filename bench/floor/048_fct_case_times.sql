create table marts."fct_case_times" as
-- How long cases took, measure by measure, by the calendar and in the opening hours that they follow. What is not done yet
-- is measured until now and says so; what never was has no time, never zero. A contact that was only handed over is no case.
-- The longest silence is the longest time without a public reply of an agent, between opening and end.
with deeds as (

    select
        contact_number,
        min(case when kind = 'reply_public' and actor = 'agent' then at_us end) as replied_us,
        min(case when kind in ('solved', 'closed') then at_us end) as first_solved_us,
        max(case when kind in ('solved', 'closed') then at_us end) as last_ended_us,
        max(case when kind = 'solved' then at_us end) as last_solved_us,
        count(case when kind = 'reply_public' and actor = 'agent' then 1 end) as agent_reply_count,
        count(case when kind = 'reply_public' and actor = 'customer' and at_us > opened_us then 1 end) as customer_message_count,
        count(case when kind = 'reopened' then 1 end) as reopen_count
    from "intermediate"."int_case_events"
    group by contact_number
    having count(case when state is not null or kind = 'reply_public' then 1 end) > 0

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
        is_open
    from "intermediate"."int_case_stays"

),

lives as (

    select
        contact_number,
        max(case when is_open then 1 else 0 end) as is_open,
        count(case when rest = 'customer' then 1 end) as wait_count,
        max(case when rest = 'customer' then ended_us end) as waited_until_us,
        max(case when rest = 'customer' and is_open then 1 else 0 end) as is_waiting
    from stays
    group by contact_number

),

cases as (

    select
        d.*,
        /*engine*/ epoch_us(k.opened_at) /*end*/ as opened_us,
        coalesce(l.is_open, case when f.closed_at is null then 1 else 0 end) as is_open,
        coalesce(l.wait_count, 0) as wait_count,
        l.waited_until_us,
        l.is_waiting
    from deeds as d
    inner join "intermediate"."int_contact_clocks" as k on k.contact_number = d.contact_number and k.place = 1
    inner join "marts"."fct_contacts" as f on f.contact_id = k.source || '/' || k.contact_id
    left join lives as l on l.contact_number = d.contact_number

),

-- what a customer sees of a case: its opening, the public replies of agents, its end
lifetimes as (

    select
        contact_number,
        opened_us,
        case when is_open = 1 then /*engine*/ epoch_us(timestamp '{as_of_at}') /*end*/ else coalesce(last_solved_us, last_ended_us) end as over_us
    from cases

),

seen as (

    select contact_number, opened_us as at_us from lifetimes
    union all
    select contact_number, over_us as at_us from lifetimes where over_us > opened_us
    union all
    select e.contact_number, e.at_us
    from "intermediate"."int_case_events" as e
    inner join lifetimes as t on t.contact_number = e.contact_number and e.at_us > t.opened_us and e.at_us < t.over_us
    where e.kind = 'reply_public' and e.actor = 'agent'

),

silences as (

    select
        contact_number,
        at_us as silent_from_us,
        lead(at_us) over (partition by contact_number order by at_us) as silent_until_us
    from seen

),

longest as (

    select
        contact_number,
        silent_from_us,
        silent_until_us,
        row_number() over (partition by contact_number order by silent_until_us - silent_from_us desc, silent_from_us) as place
    from silences
    where silent_until_us is not null

),

-- who came later and is less urgent, and had an answer first, went before
ranked as (

    select
        c.contact_number,
        c.opened_us,
        c.replied_us,
        f.source,
        f.team,
        case when lower(f.priority) in ('urgent', 'critical', 'highest', 'emergency', 'blocker', 'p1', '1') then 1 when lower(f.priority) in ('high', 'major', 'p2', '2') then 2 when lower(f.priority) in ('normal', 'medium', 'moderate', 'standard', 'p3', '3') then 3 when lower(f.priority) in ('low', 'lowest', 'minor', 'trivial', 'planning', 'p4', 'p5', '4', '5') then 4 end as priority_rank
    from cases as c
    inner join "intermediate"."int_contact_clocks" as k on k.contact_number = c.contact_number and k.place = 1
    inner join "marts"."fct_contacts" as f on f.contact_id = k.source || '/' || k.contact_id
    where f.excluded_reason is null

),

turns as (

    select
        contact_number,
        priority_rank,
        replied_us,
        min(case when priority_rank >= 3 then replied_us end) over (
            partition by source, team order by opened_us desc range between unbounded preceding and 1 preceding
        ) as later_replied_us
    from ranked

),

measured as (
    select
        1 + 10 * c.contact_number as span_id,
        c.contact_number,
        'first_response' as measure,
        c.is_open,
        opened_us as started_us,
        replied_us as ended_us,
        /*engine*/ epoch_us(timestamp '{as_of_at}') /*end*/ as now_us
    from cases as c
    union all
    select
        2 + 10 * c.contact_number as span_id,
        c.contact_number,
        'first_resolution' as measure,
        c.is_open,
        opened_us as started_us,
        first_solved_us as ended_us,
        /*engine*/ epoch_us(timestamp '{as_of_at}') /*end*/ as now_us
    from cases as c
    union all
    select
        3 + 10 * c.contact_number as span_id,
        c.contact_number,
        'full_resolution' as measure,
        c.is_open,
        opened_us as started_us,
        case when is_open = 0 then coalesce(last_solved_us, last_ended_us) end as ended_us,
        /*engine*/ epoch_us(timestamp '{as_of_at}') /*end*/ as now_us
    from cases as c
    union all
    select
        4 + 10 * c.contact_number as span_id,
        c.contact_number,
        'customer_wait' as measure,
        c.is_open,
        opened_us as started_us,
        case when is_waiting = 0 then waited_until_us end as ended_us,
        /*engine*/ epoch_us(timestamp '{as_of_at}') /*end*/ as now_us
    from cases as c
    where c.wait_count > 0
    union all
    select
        5 + 10 * c.contact_number as span_id,
        c.contact_number,
        'longest_silence' as measure,
        c.is_open,
        silent_from_us as started_us,
        case when is_open = 0 then silent_until_us end as ended_us,
        silent_until_us as now_us
    from cases as c
    inner join longest as l on l.contact_number = c.contact_number and l.place = 1
    
),

parts as (

    select
        span_id,
        contact_number,
        cast(null as varchar) as clock_id,
        started_us,
        coalesce(ended_us, now_us) as ended_us
    from measured
    where measure <> 'customer_wait' and (ended_us is not null or is_open = 1)
    union all
    select
        m.span_id,
        m.contact_number,
        cast(null as varchar) as clock_id,
        s.started_us,
        s.ended_us
    from measured as m
    inner join stays as s on s.contact_number = m.contact_number and s.rest = 'customer'
    where m.measure = 'customer_wait'

),

by_calendar as (

    select
        span_id,
        case when min(ended_us - started_us) >= 0 then cast(sum(ended_us - started_us) as bigint) end as calendar_us
    from parts
    group by span_id

)

select
    f.contact_id,
    m.measure,
    f.person_id,
    f.source,
    f.channel,
    f.team,
    f.priority,
    case
        when m.ended_us is not null then 'done'
        when m.is_open = 1 then 'pending'
        else 'none'
    end as state,
    cast(floor(cast(c.calendar_us as double) / 1000000) as bigint) as calendar_seconds,
    cast(floor(cast(b.elapsed_us as double) / 1000000) as bigint) as business_seconds,
    b.excluded_reason as no_business_reason,
    coalesce(b.schedule_count, 0) as schedule_count,
    coalesce(b.interval_count, 0) as interval_count,
    coalesce(b.dropped_count, 0) as dropped_count,
    d.agent_reply_count,
    d.customer_message_count,
    d.reopen_count,
    case when m.measure = 'first_response' and t.priority_rank <= 2 and t.replied_us is not null
        then coalesce(t.later_replied_us < t.replied_us, false)
    end as is_overtaken,
    /*engine*/ make_timestamp(m.started_us) /*end*/ as started_at,
    /*engine*/ make_timestamp(m.ended_us) /*end*/ as ended_at,
    f.local_date
from measured as m
inner join deeds as d on d.contact_number = m.contact_number
inner join "intermediate"."int_contact_clocks" as k on k.contact_number = m.contact_number and k.place = 1
inner join "marts"."fct_contacts" as f on f.contact_id = k.source || '/' || k.contact_id
left join turns as t on t.contact_number = m.contact_number
left join by_calendar as c on c.span_id = m.span_id
left join (
    with placed as (

        select
            p.span_id,
            k.clock_id,
            greatest(p.started_us, coalesce(k.from_us, p.started_us)) as started_us,
            case when k.to_us < p.ended_us then k.to_us else p.ended_us end as ended_us,
            case when p.ended_us < p.started_us then 1 else 0 end as is_reversed
        from parts as p
        inner join "intermediate"."int_contact_clocks" as k on k.contact_number = p.contact_number
        where p.clock_id is null
            and (k.from_us is null or k.from_us <= p.started_us
                or k.from_us < p.ended_us)
            and (k.to_us is null or k.to_us > p.started_us)
        union all
        select
            p.span_id,
            p.clock_id,
            p.started_us,
            p.ended_us,
            case when p.ended_us < p.started_us then 1 else 0 end as is_reversed
        from parts as p
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
            greatest(e.off_begun_count - b.off_ended_count, 0) as dropped_count
        from (
            select
                *,
                cast(floor(cast(started_us as double) / 86400000000) as bigint) as first_day,
                cast(floor(cast(greatest(ended_us - 1, started_us) as double) / 86400000000) as bigint) as last_day
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

    ),

    summed as (

        select
            span_id,
            cast(sum(case when ended_us >= started_us then ran_us end) as bigint) as ran_us,
            cast(sum(case when ended_us >= started_us then unknown_us end) as bigint) as unknown_us,
            max(is_reversed) as is_reversed,
            count(case when ended_us >= started_us or is_reversed = 1 then clock_id end) as part_count,
            count(distinct case when ended_us >= started_us or is_reversed = 1 then clock_id end) as schedule_count,
            cast(coalesce(sum(interval_count), 0) as bigint) as interval_count,
            cast(coalesce(sum(dropped_count), 0) as bigint) as dropped_count,
            min(case when is_known or not (ended_us >= started_us or is_reversed = 1) then 1 else 0 end) as is_known,
            min(case when is_whole or not (ended_us >= started_us or is_reversed = 1) then 1 else 0 end) as is_whole
        from looked_up
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
        schedule_count,
        interval_count,
        dropped_count,
        excluded_reason
    from judged
) as b on b.span_id = m.span_id
where f.excluded_reason is null;
