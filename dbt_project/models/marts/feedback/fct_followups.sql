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
    from {{ ref('fct_responses') }}
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
        {{ local_date('breach_at') }} as local_date
    from {{ ref('fct_sla_events') }}
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
        case when t.done_at < {{ as_of_at() }} then t.done_at end as done_at,
        t.outcome
    from {{ ref('tasks') }} as t
    left join {{ ref('int_person_tokens') }} as p on p.token = t.person_token

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
    inner join {{ ref('fct_contacts') }} as o
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
    from {{ ref('schedules') }}
    having count(distinct source || '/' || schedule_id) = 1

),

-- the hours that the contact follows; where it is about none, the only ones there are
parts as (

    select
        c.followup_id as span_id,
        k.contact_number,
        case when k.contact_number is null then o.clock_id end as clock_id,
        {{ epoch_us('c.raised_at') }} as started_us,
        {{ epoch_us('c.raised_at') }} as ended_us,
        cast(null as bigint) as lasting_us,
        cast({{ threshold('follow_up_open_hours') }} as bigint) * 3600000000 as target_us
    from causes as c
    left join {{ ref('int_contact_clocks') }} as k on c.contact_id = k.source || '/' || k.contact_id and k.place = 1
    left join only_clock as o on true
    where k.contact_number is not null or o.clock_id is not null

),

deadlines as (

    select span_id as followup_id, {{ timestamp_us('deadline_us') }} as due_at
    from {{ business_time('parts', targets=true) }} as b
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
        coalesce(d.due_at, b.due_at, c.raised_at + {{ threshold('follow_up_days') }} * interval 1 day) as due_at,
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
        when due_at < {{ as_of_at() }} then 'overdue'
        when done_by is not null then 'started'
        else 'open'
    end as state,
    due_at < {{ as_of_at() }} as is_due,
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
from dated
