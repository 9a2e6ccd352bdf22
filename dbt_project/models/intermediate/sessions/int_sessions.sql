-- One row per session. A night applies chg_sessions; a full rebuild is the same cut of all events.
{{ config(
    materialized='incremental', incremental_strategy='night', unique_key='session_id',
    meta={'clustered_by': 'started_at'}, post_hook="{{ note_applied('int_sessions') }}"
) }}
-- depends_on: {{ ref('chg_sessions') }}

{%- if prepared_mode('int_sessions') == 'full' %}

with events as (
    select
        {{ session_events() }}
    from {{ ref('web_events') }} as e
    where e.visitor_token is not null or e.login_token is not null
),

{{ cut_sessions() }}

select
    {{ session_columns() | join(',\n    ') }}
from sessions
order by local_date
{%- else %}

select
    op,
    {{ session_columns() | join(',\n    ') }}
from {{ ref('chg_sessions') }}
{%- endif %}
