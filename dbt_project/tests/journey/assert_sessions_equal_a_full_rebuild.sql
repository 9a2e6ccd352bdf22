-- Why: order must never matter. For one visitor in sixteen (another sixteenth each day, by the last digit of the token)
-- all sessions are cut from all events again and compared, both ways, with what the nights have kept. A row here is a
-- session that a full rebuild would give and the nights did not, or the other way round: run with --full-refresh.
{{ config(meta={'dagster': {'ref': {'name': 'fct_sessions'}}}) }}
{%- set day_number = modules.datetime.date.fromisoformat(var('as_of', '2000-01-01')).toordinal() %}
{%- set digit = '0123456789abcdef'[day_number % 16] %}

with events as (
    select
        {{ session_events() }}
    from {{ ref('web_events') }} as e
    where right(coalesce(e.visitor_token, e.login_token), 1) = '{{ digit }}'
),

{{ cut_sessions() }},

rebuilt as (
    select
        {{ session_columns() | join(',\n        ') }}
    from sessions
),

kept as (
    select
        {% for column in session_columns() -%} s.{{ column }}{{ ',\n        ' if not loop.last }}{% endfor %}
    from {{ ref('int_sessions') }} as s
    where right(s.visitor_token, 1) = '{{ digit }}'
),

missing as (
    select * from rebuilt
    except
    select * from kept
),

surplus as (
    select * from kept
    except
    select * from rebuilt
)

select 'missing' as fault, session_id from missing
union all
select 'surplus' as fault, session_id from surplus
