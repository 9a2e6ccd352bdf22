create table marts."fct_followups" as
-- Each cause to come back to a person, and whether somebody did. A cause is a counted bad answer (detractor, or the lower two
-- boxes of a satisfaction or effort scale) or a promise of a policy that was broken; the promise of a queue is made to a
-- share of all callers, to none of them alone, and is no cause. Somebody came back by a task on that answer, contact or
-- person, or by an outbound contact, whichever was first after it.
with answers as (

    select
        answer_id,
        source,
        survey_id,
        response_id,
        kind,
        aspect,
        scale_min,
        scale_max,
        person_id,
        contact_id,
        channel,
        score,
        case when nps_bucket = 'detractor' or kind <> 'nps' and score <= scale_min + 1 then 1 else 0 end as is_bad,
        answered_at,
        local_date
    from "marts"."fct_responses"
    where is_counted and kind in ('nps', 'csat', 'ces')

),

causes as (

    select
        'response/' || answer_id as followup_id,
        'response' as cause,
        answer_id,
        cast(null as varchar) as sla_event_id,
        source,
        survey_id,
        response_id,
        kind,
        aspect,
        scale_min,
        scale_max,
        person_id,
        contact_id,
        channel,
        score,
        answered_at as raised_at,
        local_date
    from answers
    where is_bad = 1
    union all
    select
        'promise/' || sla_event_id as followup_id,
        'promise' as cause,
        null as answer_id,
        sla_event_id,
        source,
        null as survey_id,
        null as response_id,
        metric as kind,
        null as aspect,
        null as scale_min,
        null as scale_max,
        person_id,
        contact_id,
        channel,
        null as score,
        breach_at as raised_at,
        cast(breach_at as date) as local_date
    from "marts"."fct_sla_events"
    where state = 'breached' and metric <> 'queue_wait'

),

tasks as (

    select
        t.source || '/' || t.source_id as task_id,
        t.source || '/' || t.contact_id as contact_id,
        t.response_id,
        p.person_id,
        t.owner_token,
        t.created_at,
        t.due_at,
        case when t.done_at < timestamp '{as_of_at}' then t.done_at end as done_at,
        t.outcome
    from "entities"."tasks" as t
    left join "intermediate"."int_person_tokens" as p on p.token = t.person_token

),

-- one equality a join; the union drops pairs found twice
matches as (

    select c.followup_id, t.task_id
    from causes as c inner join tasks as t on t.response_id = c.response_id
    union
    select c.followup_id, t.task_id
    from causes as c inner join tasks as t on t.contact_id = c.contact_id and t.created_at >= c.raised_at
    union
    select c.followup_id, t.task_id
    from causes as c inner join tasks as t on t.person_id = c.person_id and t.created_at >= c.raised_at

),

deeds as (

    select
        m.followup_id,
        'task' as done_by,
        m.task_id as done_id,
        t.owner_token,
        t.created_at,
        t.due_at,
        t.done_at,
        t.outcome
    from matches as m
    inner join tasks as t on t.task_id = m.task_id
    union all
    select
        c.followup_id,
        'contact' as done_by,
        o.contact_id as done_id,
        o.agent_token as owner_token,
        o.opened_at as created_at,
        null as due_at,
        o.opened_at as done_at,
        o.outcome
    from causes as c
    inner join "marts"."fct_contacts" as o
        on o.person_id = c.person_id
        and o.direction = 'outbound'
        and o.opened_at > c.raised_at
        and o.excluded_reason is null

),

first_deeds as (

    select
        *,
        row_number() over (
            partition by followup_id
            order by case when done_at is null then 1 else 0 end, done_at, created_at, done_id
        ) as deed_rank
    from deeds

),

only_clock as (

    select min(source || '/' || schedule_id) as clock_id
    from "entities"."schedules"
    having count(distinct source || '/' || schedule_id) = 1

),

-- the hours that the contact follows; where it is about none, the only ones there are
parts as (

    select
        c.followup_id as span_id,
        k.contact_number,
        case when k.contact_number is null then o.clock_id end as clock_id,
        /*engine*/ epoch_us(c.raised_at) /*end*/ as started_us,
        /*engine*/ epoch_us(c.raised_at) /*end*/ as ended_us,
        cast(null as bigint) as lasting_us,
        cast(16 as bigint) * 3600000000 as target_us
    from causes as c
    left join "intermediate"."int_contact_clocks" as k on c.contact_id = k.source || '/' || k.contact_id and k.place = 1
    left join only_clock as o on true
    where k.contact_number is not null or o.clock_id is not null

),

deadlines as (

    select span_id as followup_id, /*engine*/ make_timestamp(deadline_us) /*end*/ as due_at
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
        from parts as p
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
    where deadline_us is not null

),

-- what the person said next: of the same kind, scale and aspect; after a broken promise, whatever was asked
next_answers as (

    select
        c.followup_id,
        a.answer_id,
        a.score,
        a.is_bad,
        a.answered_at,
        row_number() over (
            partition by c.followup_id order by a.answered_at, a.is_bad desc, a.answer_id
        ) as turn
    from causes as c
    inner join answers as a
        on a.person_id = c.person_id
        and a.answered_at > c.raised_at
        and (c.cause = 'promise'
            or a.kind = c.kind and a.scale_min = c.scale_min and a.scale_max = c.scale_max and a.aspect = c.aspect)

),

dated as (

    select
        c.*,
        d.owner_token,
        d.done_by,
        d.done_id,
        d.outcome,
        case
            when d.due_at is not null then 'task'
            when b.due_at is not null then 'business'
            else 'calendar'
        end as due_basis,
        coalesce(d.due_at, b.due_at, c.raised_at + 2 * interval 1 day) as due_at,
        d.done_at,
        n.answer_id as resurvey_answer_id,
        n.score as resurvey_score,
        n.is_bad = 0 as is_recovered,
        n.answered_at as resurveyed_at
    from causes as c
    left join first_deeds as d on d.followup_id = c.followup_id and d.deed_rank = 1
    left join deadlines as b on b.followup_id = c.followup_id
    left join next_answers as n on n.followup_id = c.followup_id and n.turn = 1

)

select
    followup_id,
    cause,
    answer_id,
    sla_event_id,
    source,
    survey_id,
    kind,
    person_id,
    contact_id,
    channel,
    cast(score as decimal(18, 2)) as score,
    owner_token,
    done_by,
    done_id,
    case
        when done_at <= due_at then 'done_in_time'
        when done_at is not null then 'done_late'
        when person_id is null and done_by is null then 'not_possible'
        when due_at < timestamp '{as_of_at}' then 'overdue'
        when done_by is not null then 'started'
        else 'open'
    end as state,
    due_at < timestamp '{as_of_at}' as is_due,
    due_basis,
    outcome,
    resurvey_answer_id,
    cast(resurvey_score as decimal(18, 2)) as resurvey_score,
    is_recovered,
    raised_at,
    due_at,
    done_at,
    resurveyed_at,
    local_date
from dated;
