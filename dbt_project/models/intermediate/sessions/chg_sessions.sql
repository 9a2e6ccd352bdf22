-- One row per session to take out of int_sessions ('del') or to put into it ('put'). Nothing is modified here.
{{ config(post_hook="{{ note_arrived() }}") }}
{%- set sessions = target.database ~ '.intermediate.int_sessions' %}
{%- set visitors = ref('chg_visitors') %}
{%- set is_full = night_plan('int_sessions', sessions_version()).mode == 'full' %}
{%- if not is_full %}
{%- set applied = watermark('int_sessions', 'applied') %}
{%- set hot_at = "timestamp '" ~ applied.as_of_at ~ "' - interval " ~ var('hot_days') ~ " day" %}
{%- set cold_at = run_query("select cast(min(restart_at) as varchar) as first from " ~ visitors ~ " where restart_at < "
    ~ hot_at).rows[0].first %}
{%- endif %}

with events as (
    select
        {{ session_events() }}
    from {{ ref('web_events') }} as e
{%- if is_full %}
    where false
{%- else %}
    inner join {{ visitors }} as v on v.visitor_token = coalesce(e.visitor_token, e.login_token)
    where e.occurred_at >= {{ hot_at }}
        and v.restart_at >= {{ hot_at }}
        and e.occurred_at >= v.restart_at
{%- if cold_at is not none %}
    union all
    select
        {{ session_events() }}
    from {{ ref('web_events') }} as e
    inner join {{ visitors }} as v on v.visitor_token = coalesce(e.visitor_token, e.login_token)
    where e.occurred_at >= timestamp '{{ cold_at }}'
        and v.restart_at < {{ hot_at }}
        and e.occurred_at >= v.restart_at
{%- endif %}
{%- endif %}
),

{{ cut_sessions() }}

select
    'put' as op,
    {{ session_columns() | join(',\n    ') }}
from sessions
{%- if not is_full %}
union all
select
    'del' as op,
    {% for column in session_columns() -%} s.{{ column }}{{ ',\n    ' if not loop.last }}{% endfor %}
from {{ sessions }} as s
inner join {{ visitors }} as v on v.visitor_token = s.visitor_token
where s.chain_started_at >= v.restart_at
    and s.started_at >= {{ hot_at if cold_at is none else "timestamp '" ~ cold_at ~ "'" }}
{%- endif %}
