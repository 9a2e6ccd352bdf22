-- How long cases took, measure by measure, by the calendar and in the opening hours that they follow. What is not done yet
-- is measured until now and says so; what never was has no time, never zero.
{%- set measures = ['first_response', 'first_resolution', 'full_resolution', 'customer_wait'] %}
with events as (

    select
        source,
        contact_id,
        kind,
        actor,
        {{ epoch_us('occurred_at') }} as at_us
    from {{ ref('contact_events') }}
    where occurred_at < {{ as_of_at() }}

),

cases as (

    select
        c.contact_id,
        c.person_id,
        c.source,
        e.contact_id as source_id,
        c.channel,
        c.team,
        c.priority,
        c.local_date,
        {{ epoch_us('c.opened_at') }} as opened_us,
        min(case when e.kind = 'reply_public' and e.actor = 'agent' then e.at_us end) as replied_us,
        min(case when e.kind in ('solved', 'closed') then e.at_us end) as first_solved_us,
        max(case when e.kind in ('solved', 'closed') then e.at_us end) as last_ended_us,
        max(case when e.kind = 'solved' then e.at_us end) as last_solved_us,
        count(case when e.kind = 'reply_public' and e.actor = 'agent' then 1 end) as agent_reply_count,
        count(case when e.kind = 'reopened' then 1 end) as reopen_count
    from events as e
    inner join {{ ref('fct_contacts') }} as c on c.contact_id = e.source || '/' || e.contact_id
    where c.excluded_reason is null
    group by c.contact_id, c.person_id, c.source, e.contact_id, c.channel, c.team, c.priority, c.local_date, c.opened_at

),

stays as (

    select
        source || '/' || contact_id as contact_id,
        {{ case_rest('state') }} as rest,
        1000000 * started_second as started_us,
        1000000 * ended_second as ended_us,
        is_open
    from {{ ref('int_case_stays') }}

),

lives as (

    select
        contact_id,
        max(case when is_open then 1 else 0 end) as is_open,
        count(case when rest = 'customer' then 1 end) as wait_count,
        max(case when rest = 'customer' then ended_us end) as waited_until_us,
        max(case when rest = 'customer' and is_open then 1 else 0 end) as is_waiting
    from stays
    group by contact_id

),

measured as (
{%- for measure in measures %}
    select
        c.*,
        '{{ measure }}' as measure,
        coalesce(l.is_open, 1) as is_open,
        {%- if measure == 'first_response' %}
        c.replied_us as ended_us
        {%- elif measure == 'first_resolution' %}
        c.first_solved_us as ended_us
        {%- elif measure == 'full_resolution' %}
        case when coalesce(l.is_open, 1) = 0 then coalesce(c.last_solved_us, c.last_ended_us) end as ended_us
        {%- else %}
        case when l.is_waiting = 0 then l.waited_until_us end as ended_us
        {%- endif %}
    from cases as c
    left join lives as l on l.contact_id = c.contact_id
    {%- if measure == 'customer_wait' %}
    where l.wait_count > 0
    {%- endif %}
    {{ 'union all' if not loop.last }}
{%- endfor %}
),

named as (

    select
        *,
        contact_id || '|' || measure as span_id,
        case
            when ended_us is not null then 'done'
            when is_open = 1 then 'pending'
            else 'none'
        end as state
    from measured

),

parts as (

    select
        span_id,
        source,
        source_id as contact_id,
        cast(null as varchar) as clock_id,
        opened_us as started_us,
        coalesce(ended_us, {{ epoch_us(as_of_at()) }}) as ended_us
    from named
    where measure <> 'customer_wait' and state <> 'none'
    union all
    select
        n.span_id,
        n.source,
        n.source_id as contact_id,
        cast(null as varchar) as clock_id,
        s.started_us,
        s.ended_us
    from named as n
    inner join stays as s on s.contact_id = n.contact_id and s.rest = 'customer'
    where n.measure = 'customer_wait'

),

by_calendar as (

    select
        span_id,
        case when min(ended_us - started_us) >= 0 then cast(sum(ended_us - started_us) as bigint) end as calendar_us
    from parts
    group by span_id

)

select
    n.contact_id,
    n.measure,
    n.person_id,
    n.source,
    n.channel,
    n.team,
    n.priority,
    n.state,
    cast(floor(cast(k.calendar_us as double) / 1000000) as bigint) as calendar_seconds,
    cast(floor(cast(b.business_us as double) / 1000000) as bigint) as business_seconds,
    b.excluded_reason as no_business_reason,
    coalesce(b.schedule_count, 0) as schedule_count,
    coalesce(b.interval_count, 0) as interval_count,
    coalesce(b.dropped_count, 0) as dropped_count,
    n.agent_reply_count,
    n.reopen_count,
    {{ timestamp_us('n.opened_us') }} as started_at,
    {{ timestamp_us('n.ended_us') }} as ended_at,
    n.local_date
from named as n
left join by_calendar as k on k.span_id = n.span_id
left join {{ business_time('parts') }} as b on b.span_id = n.span_id
