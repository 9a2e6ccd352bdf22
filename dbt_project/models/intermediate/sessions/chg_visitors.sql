-- One row per visitor whose sessions this night has to cut anew, and from when: the start of the chain that the
-- visitor's earliest change may touch. Empty when int_sessions is rebuilt whole.
{{ config(post_hook="{{ note_prepared('int_sessions', sessions_version(), ref('web_events')) }}") }}

{%- set plan = night_plan('int_sessions', sessions_version()) %}
{%- set sessions = target.database ~ '.intermediate.int_sessions' %}
{%- if plan.mode == 'full' %}

select
    e.visitor_token,
    e.occurred_at as restart_at
from {{ ref('web_events') }} as e
where false

{%- else %}
{%- set seen_at = "timestamp '" ~ plan.applied.as_of_at ~ "'" %}
{%- set hot_at = seen_at ~ ' - interval ' ~ var('hot_days') ~ ' day' %}
{%- set delta = changed_visitors(plan.applied.load_number, seen_at, sessions) %}
{%- set cold_at = run_query("select cast(min(changed_at) as varchar) as first from (" ~ delta ~ ") as d where changed_at < "
    ~ hot_at).rows[0].first %}

with touched as (
    select
        d.visitor_token,
        min(d.changed_at) as changed_at
    from ({{ delta }}) as d
    where d.visitor_token is not null
    group by d.visitor_token
),

-- no session is longer than 24 hours, so one that a change may join began at most a day and a half hour before it
reached as (
    select
        t.visitor_token,
        s.chain_started_at
    from touched as t
    inner join {{ sessions }} as s on s.visitor_token = t.visitor_token
    where s.started_at >= {{ hot_at }} - interval 25 hour
        and s.started_at < t.changed_at
        and s.ended_at >= t.changed_at - interval 30 minutes
{%- if cold_at is not none %}
    union all
    select
        t.visitor_token,
        s.chain_started_at
    from touched as t
    inner join {{ sessions }} as s on s.visitor_token = t.visitor_token
    where s.started_at >= timestamp '{{ cold_at }}' - interval 25 hour
        and s.started_at < {{ hot_at }} - interval 25 hour
        and t.changed_at < {{ hot_at }}
        and s.started_at < t.changed_at
        and s.ended_at >= t.changed_at - interval 30 minutes
{%- endif %}
),

-- a visitor has at most one such chain; two sessions of it may be in reach
chains as (
    select
        r.visitor_token,
        max(r.chain_started_at) as chain_started_at
    from reached as r
    group by r.visitor_token
)

select
    t.visitor_token,
    coalesce(c.chain_started_at, t.changed_at) as restart_at
from touched as t
left join chains as c on c.visitor_token = t.visitor_token
{%- endif %}
