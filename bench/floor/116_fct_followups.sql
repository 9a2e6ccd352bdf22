create table marts."fct_followups" as
-- Each counted bad answer (detractor, or the lower two boxes of a satisfaction or effort scale) and
-- whether somebody came back to the person: by a task on that answer, contact or person, or by an
-- outbound contact, whichever was first after the answer.
with bad as (

    select
        answer_id,
        source,
        survey_id,
        response_id,
        kind,
        person_id,
        contact_id,
        channel,
        score,
        answered_at,
        local_date,
        answered_at + 2 * interval 1 day as promised_by
    from "marts"."fct_responses"
    where is_counted
        and (nps_bucket = 'detractor' or kind in ('csat', 'ces') and score <= scale_min + 1)

),

tasks as (

    select
        t.source || '/' || t.source_id as task_id,
        t.source || '/' || t.contact_id as contact_id,
        t.response_id,
        p.person_id,
        t.created_at,
        t.due_at,
        t.done_at,
        t.outcome
    from "entities"."tasks" as t
    left join "intermediate"."int_person_tokens" as p on p.token = t.person_token

),

-- one equality a join; the union drops pairs found twice
matches as (

    select b.answer_id, t.task_id
    from bad as b inner join tasks as t on t.response_id = b.response_id
    union
    select b.answer_id, t.task_id
    from bad as b inner join tasks as t on t.contact_id = b.contact_id and t.created_at >= b.answered_at
    union
    select b.answer_id, t.task_id
    from bad as b inner join tasks as t on t.person_id = b.person_id and t.created_at >= b.answered_at

),

deeds as (

    select m.answer_id, 'task' as done_by, m.task_id as done_id, t.created_at, t.due_at, t.done_at, t.outcome
    from matches as m
    inner join tasks as t on t.task_id = m.task_id
    union all
    select b.answer_id, 'contact' as done_by, c.contact_id, c.opened_at, null, c.opened_at, c.outcome
    from bad as b
    inner join "marts"."fct_contacts" as c
        on c.person_id = b.person_id
        and c.direction = 'outbound'
        and c.opened_at > b.answered_at
        and c.excluded_reason is null

),

first_deeds as (

    select
        *,
        row_number() over (
            partition by answer_id
            order by case when done_at is null then 1 else 0 end, done_at, created_at, done_id
        ) as deed_rank
    from deeds

),

dated as (

    select
        b.answer_id,
        b.source,
        b.survey_id,
        b.kind,
        b.person_id,
        b.contact_id,
        b.channel,
        b.score,
        d.done_by,
        d.done_id,
        d.outcome,
        b.answered_at,
        coalesce(d.due_at, b.promised_by) as due_at,
        case when d.done_at < timestamp '{as_of_at}' then d.done_at end as done_at,
        b.local_date
    from bad as b
    left join first_deeds as d on d.answer_id = b.answer_id and d.deed_rank = 1

)

select
    answer_id,
    source,
    survey_id,
    kind,
    person_id,
    contact_id,
    channel,
    cast(score as decimal(18, 2)) as score,
    done_by,
    done_id,
    case
        when done_at <= due_at then 'done_in_time'
        when done_at is not null then 'done_late'
        when due_at < timestamp '{as_of_at}' then 'overdue'
        when done_by is not null then 'started'
        else 'open'
    end as state,
    outcome,
    answered_at,
    due_at,
    done_at,
    local_date
from dated;
