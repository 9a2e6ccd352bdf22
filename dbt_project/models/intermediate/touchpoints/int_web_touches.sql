-- One row per touch on the web: a session that no bot made, and the first event of a session that is a touchpoint by its
-- name or page. Made of the sessions that tonight's change tables cut anew; the regular expressions see each pair of name
-- and page once.
{{ config(
    materialized='incremental', incremental_strategy='night', unique_key='session_id',
    meta={'clustered_by': 'started_at', 'follows': 'int_sessions', 'gone': 'chg_sessions'},
    post_hook="{{ note_applied('int_sessions') }}"
) }}
-- depends_on: {{ ref('chg_sessions') }}
{%- set is_full = prepared_mode('int_sessions') == 'full' %}
{%- if not is_full %}
{%- set first = run_query("select cast(min(started_at) as varchar) as first from " ~ ref('chg_sessions')
    ~ " where op = 'put'").rows[0].first %}
{%- endif %}

with sessions as (
    select
        *,
        case
            when is_converted then 'purchase'
            when has_checkout then 'checkout'
            when has_cart then 'cart'
            when has_product_view then 'product_view'
            else 'browse'
        end as detail
{%- if is_full %}
    from {{ ref('int_sessions') }}
{%- else %}
    from {{ ref('chg_sessions') }}
    where op = 'put'
{%- endif %}
),

events as (
    select e.source, e.source_id, e.visitor_token, e.login_token, e.occurred_at, e.event_name, e.page_path
    from {{ ref('web_events') }} as e
{%- if not is_full %}
    where e.occurred_at >= timestamp '{{ first or '9999-12-31 00:00:00' }}'
        and coalesce(e.visitor_token, e.login_token) in (select visitor_token from sessions)
{%- endif %}
),

pages as (
    select
        event_name,
        page_path,
        {{ stage_rule_of('web_action', 'event_name', 'page_path', 'words') }} as rule_number
    from (
        select
            event_name,
            page_path,
            {{ small_letters('event_name', 'page_path') }} as words
        from events
        group by event_name, page_path
    ) as p
),

-- with the session it is in: where one ends in the instant in which the next begins, the next
found as (
    select
        e.source,
        e.source_id,
        e.event_name,
        e.occurred_at,
        p.rule_number,
        s.session_id,
        s.started_at,
        s.channel,
        s.visitor_token,
        s.login_token,
        s.is_bot,
        row_number() over (partition by e.source, e.source_id order by s.started_at desc, s.session_id) as session_rank
    from events as e
    inner join pages as p on p.event_name = e.event_name and p.page_path is not distinct from e.page_path
    inner join sessions as s
        on s.visitor_token = coalesce(e.visitor_token, e.login_token)
        and e.occurred_at >= s.started_at
        and e.occurred_at <= s.ended_at
    where p.rule_number > 0
),

actions as (
    select
        *,
        row_number() over (partition by session_id, rule_number order by occurred_at, source, source_id) as action_number
    from found
    where session_rank = 1 and not is_bot
),

touches as (
    select
        session_id,
        started_at,
        source,
        session_id as source_id,
        'web_session' as kind,
        detail,
        channel,
        {{ stage_rule_of('web_session', 'detail', 'channel', 'channel') }} as rule_number,
        case detail when 'purchase' then 'converted' when 'checkout' then 'abandoned' when 'cart' then 'abandoned' end as outcome,
        ended_at as outcome_at,
        error_count as effort_count,
        visitor_token as token,
        login_token as other_token,
        started_at as occurred_at
    from sessions
    where not is_bot
    union all
    select
        session_id, started_at, source, source_id, 'web_action', event_name, channel, rule_number,
        null, null, 0, visitor_token, login_token, occurred_at
    from actions
    where action_number = 1
)

select
    {{ touchpoint_id('kind', 'detail', 'source', 'source_id') }} as touchpoint_id,
    *
from touches
