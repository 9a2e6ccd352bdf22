-- How long cases took, measure by measure, by the calendar and in the opening hours that they follow. What is not done yet
-- is measured until now and says so; what never was has no time, never zero. A contact that was only handed over is no case.
-- The longest silence is the longest time without a public reply of an agent, between opening and end.
{%- set measures = {
    'first_response': ['opened_us', 'replied_us'],
    'first_resolution': ['opened_us', 'first_solved_us'],
    'full_resolution': ['opened_us', 'case when is_open = 0 then coalesce(last_solved_us, last_ended_us) end'],
    'customer_wait': ['opened_us', 'case when is_waiting = 0 then waited_until_us end'],
    'longest_silence': ['silent_from_us', 'case when is_open = 0 then silent_until_us end']} %}
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
    from {{ ref('int_case_events') }}
    group by contact_number
    having count(case when state is not null or kind = 'reply_public' then 1 end) > 0

),

stays as (

    select
        contact_number,
        {{ case_rest('state') }} as rest,
        started_us,
        ended_us,
        is_open
    from {{ ref('int_case_stays') }}

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
        {{ epoch_us('k.opened_at') }} as opened_us,
        coalesce(l.is_open, case when f.closed_at is null then 1 else 0 end) as is_open,
        coalesce(l.wait_count, 0) as wait_count,
        l.waited_until_us,
        l.is_waiting
    from deeds as d
    inner join {{ ref('int_contact_clocks') }} as k on k.contact_number = d.contact_number and k.place = 1
    inner join {{ ref('fct_contacts') }} as f on f.contact_id = k.source || '/' || k.contact_id
    left join lives as l on l.contact_number = d.contact_number

),

-- what a customer sees of a case: its opening, the public replies of agents, its end
lifetimes as (

    select
        contact_number,
        opened_us,
        case when is_open = 1 then {{ epoch_us(as_of_at()) }} else coalesce(last_solved_us, last_ended_us) end as over_us
    from cases

),

seen as (

    select contact_number, opened_us as at_us from lifetimes
    union all
    select contact_number, over_us as at_us from lifetimes where over_us > opened_us
    union all
    select e.contact_number, e.at_us
    from {{ ref('int_case_events') }} as e
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
        {{ priority_rank('f.priority') }} as priority_rank
    from cases as c
    inner join {{ ref('int_contact_clocks') }} as k on k.contact_number = c.contact_number and k.place = 1
    inner join {{ ref('fct_contacts') }} as f on f.contact_id = k.source || '/' || k.contact_id
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
{%- for measure, (started, ended) in measures.items() %}
    select
        {{ loop.index }} + 10 * c.contact_number as span_id,
        c.contact_number,
        '{{ measure }}' as measure,
        c.is_open,
        {{ started }} as started_us,
        {{ ended }} as ended_us,
        {{ 'silent_until_us' if measure == 'longest_silence' else epoch_us(as_of_at()) }} as now_us
    from cases as c
    {%- if measure == 'customer_wait' %}
    where c.wait_count > 0
    {%- elif measure == 'longest_silence' %}
    inner join longest as l on l.contact_number = c.contact_number and l.place = 1
    {%- endif %}
    {{ 'union all' if not loop.last }}
{%- endfor %}
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
    {{ whole_seconds('c.calendar_us') }} as calendar_seconds,
    {{ whole_seconds('b.elapsed_us') }} as business_seconds,
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
    {{ timestamp_us('m.started_us') }} as started_at,
    {{ timestamp_us('m.ended_us') }} as ended_at,
    f.local_date
from measured as m
inner join deeds as d on d.contact_number = m.contact_number
inner join {{ ref('int_contact_clocks') }} as k on k.contact_number = m.contact_number and k.place = 1
inner join {{ ref('fct_contacts') }} as f on f.contact_id = k.source || '/' || k.contact_id
left join turns as t on t.contact_number = m.contact_number
left join by_calendar as c on c.span_id = m.span_id
left join {{ business_time('parts') }} as b on b.span_id = m.span_id
where f.excluded_reason is null
