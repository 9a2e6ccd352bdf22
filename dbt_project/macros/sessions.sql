{# Sessions, cut from events in one window over them.

   A visitor's events with gaps of at most 30 minutes are a chain. A session is a stretch of a chain. It begins
   - with the chain,
   - at an event whose campaign is not null and is not the last campaign named before it in the chain (none is
     another one too: a direct visit that comes back by an advertisement is two sessions),
   - 24 hours after the chain began (counted from that full hour), and every 24 hours from there: a runaway.
   Of one instant, the event that tells most of where the visit came from is first, then source, then source_id.
   The visitor is the cookie; without one, the login; events without either are in no session.

   Measures are running counts, subtracted between one session's start and the next: so only the events at which a
   session may begin leave the big window (a third of the cost of grouping all of them). #}

{# What a session counts: name -> when an event counts. #}
{% macro session_counts() %}
  {%- set ours = "value is not null and currency = '" ~ var('reporting_currency', 'EUR') ~ "'" -%}
  {{ return({
    'page_views': "event_name = 'page_view'",
    'product_view_count': "event_name = 'view_item'",
    'cart_count': "event_name = 'add_to_cart'",
    'checkout_count': "event_name = 'begin_checkout'",
    'purchase_count': "event_name = 'purchase'",
    'unpriced_count': "event_name = 'purchase' and not coalesce(" ~ ours ~ ", false)",
    'error_count': 'error_code is not null',
    'bot_count': 'is_bot',
  }) }}
{% endmacro %}

{# The columns of an event that a session is cut from, out of web_events; `e` is its alias. #}
{% macro session_events() -%}
    e.source,
    e.source_id,
    coalesce(e.visitor_token, e.login_token) as visitor_token,
    e.login_token,
    e.occurred_at,
    e.event_name,
    e.page_path,
    e.referrer_host,
    e.utm_source,
    e.utm_medium,
    e.utm_campaign,
    e.device,
    e.country,
    e.value,
    e.currency,
    e.error_code,
    e.is_bot,
    e.consent_state
{%- endmacro %}

{# The columns of a session, in order. #}
{% macro session_columns() %}
  {{ return(['session_id', 'source', 'visitor_token', 'login_token', 'started_at', 'ended_at', 'chain_started_at',
             'local_date', 'channel', 'source_name', 'medium', 'campaign', 'landing_page', 'exit_page', 'device', 'country',
             'consent_state', 'event_count', 'page_views', 'error_count', 'purchase_count', 'unpriced_count',
             'revenue', 'currency', 'is_converted', 'has_product_view', 'has_cart',
             'has_checkout', 'is_bot', 'is_runaway']) }}
{% endmacro %}

{# The steps from a CTE `events` (session_events) to a CTE `sessions` (session_columns). #}
{% macro cut_sessions() -%}
{%- set by_time = 'partition by visitor_token order by occurred_at, entry_rank, source, source_id' -%}
{%- set by_number = 'partition by visitor_token order by event_number' -%}
{%- set counts = session_counts() -%}
ranked as (
    select
        *,
        case
            when utm_campaign is not null then 0
            when utm_source is not null then 1
            when referrer_host is not null then 2
            else 3
        end as entry_rank,
        case when event_name = 'purchase' and currency = '{{ var('reporting_currency', 'EUR') }}' then value end as revenue_part
    from events
),

numbered as (
    select
        *,
        row_number() over ({{ by_time }}) as event_number,
        lag(occurred_at) over ({{ by_time }}) as previous_at,
        lag(page_path) over ({{ by_time }}) as previous_page,
        lag(utm_campaign) over ({{ by_time }}) as previous_campaign,
        lead(occurred_at) over ({{ by_time }}) as next_at,
        {{ last_known('login_token', by_time ~ ' rows between unbounded preceding and 1 preceding') }} as login_before,
        {{ last_known('case when login_token is not null then occurred_at end',
                      by_time ~ ' rows between unbounded preceding and 1 preceding') }} as login_before_at,
        {%- for name, counted in counts.items() %}
        count(case when {{ counted }} then 1 end)
            over ({{ by_time }} rows between unbounded preceding and current row) as {{ name }}_so_far,
        {%- endfor %}
        coalesce(cast(sum(revenue_part) over ({{ by_time }} rows between unbounded preceding and current row) as decimal(18, 2)), 0)
            as revenue_so_far
    from ranked
),

-- where a session may begin, and each visitor's last event
turning_points as (
    select
        *,
        previous_at is null or occurred_at - previous_at > interval 30 minutes as is_chain_start
    from numbered
    where previous_at is null
        or next_at is null
        or occurred_at - previous_at > interval 30 minutes
        or (utm_campaign is not null and utm_campaign is distinct from previous_campaign)
        or date_trunc('hour', occurred_at) <> date_trunc('hour', previous_at)
),

chained as (
    select
        *,
        max(case when is_chain_start then occurred_at end)
            over ({{ by_number }} rows between unbounded preceding and current row) as chain_started_at,
        lag(occurred_at) over ({{ by_number }}) as previous_point_at,
        {{ last_known('utm_campaign', by_number ~ ' rows between unbounded preceding and 1 preceding') }} as campaign_before,
        {{ last_known('case when utm_campaign is not null then occurred_at end',
                      by_number ~ ' rows between unbounded preceding and 1 preceding') }} as campaign_before_at
    from turning_points
),

-- days since the full hour in which the chain began: now, and at the turning point before
capped as (
    select
        *,
        cast(floor(cast({{ epoch_us('occurred_at') }} - {{ epoch_us("date_trunc('hour', chain_started_at)") }} as double)
            / 86400000000) as bigint) as chain_day,
        cast(floor(cast({{ epoch_us('previous_point_at') }} - {{ epoch_us("date_trunc('hour', chain_started_at)") }} as double)
            / 86400000000) as bigint) as previous_chain_day
    from chained
),

marked as (
    select
        *,
        is_chain_start
            or chain_day > previous_chain_day
            or (utm_campaign is not null and (
                campaign_before is null or campaign_before_at < chain_started_at or utm_campaign <> campaign_before
            )) as is_start
    from capped
),

-- session starts and each visitor's last event, with what stood just before the start, or at that last event
bounded as (
    select
        *,
        case when is_start then event_number - 1 else event_number end as events_bound,
        case when is_start then previous_at else occurred_at end as bound_at,
        case when is_start then previous_page else page_path end as page_bound,
        case when is_start or login_token is null then login_before else login_token end as login_bound,
        case when is_start or login_token is null then login_before_at else occurred_at end as login_bound_at,
        {%- for name, counted in counts.items() %}
        {{ name }}_so_far - case when is_start and {{ counted }} then 1 else 0 end as {{ name }}_bound,
        {%- endfor %}
        revenue_so_far - case when is_start then coalesce(revenue_part, 0) else 0 end as revenue_bound
    from marked
    where is_start or next_at is null
),

closed as (
    select
        *,
        coalesce(lead(events_bound) over ({{ by_number }}), event_number) - events_bound as event_count,
        coalesce(lead(bound_at) over ({{ by_number }}), occurred_at) as ended_at,
        case when next_at is null then page_path else lead(page_bound) over ({{ by_number }}) end as exit_page,
        case
            when next_at is null then login_token
            when lead(login_bound_at) over ({{ by_number }}) >= occurred_at then lead(login_bound) over ({{ by_number }})
        end as last_login,
        {%- for name in counts %}
        coalesce(lead({{ name }}_bound) over ({{ by_number }}), {{ name }}_so_far) - {{ name }}_bound as {{ name }},
        {%- endfor %}
        cast(coalesce(lead(revenue_bound) over ({{ by_number }}), revenue_so_far) - revenue_bound as decimal(18, 2)) as revenue,
        case when lead(chain_started_at) over ({{ by_number }}) = chain_started_at
            then lead(chain_day) over ({{ by_number }}) end as next_chain_day
    from bounded
),

sessions as (
    select
        md5(source || '|' || source_id) as session_id,
        source,
        visitor_token,
        last_login as login_token,
        occurred_at as started_at,
        ended_at,
        chain_started_at,
        {{ local_date('occurred_at') }} as local_date,
        {{ channel_of('utm_source', 'utm_medium', 'referrer_host') }} as channel,
        coalesce(utm_source, referrer_host, 'direct') as source_name,
        coalesce(utm_medium, case when referrer_host is not null then 'referral' else 'none' end) as medium,
        utm_campaign as campaign,
        page_path as landing_page,
        exit_page,
        device,
        country,
        consent_state,
        event_count,
        page_views,
        error_count,
        purchase_count,
        unpriced_count,
        revenue,
        '{{ var('reporting_currency', 'EUR') }}' as currency,
        purchase_count > 0 as is_converted,
        product_view_count > 0 as has_product_view,
        cart_count > 0 as has_cart,
        checkout_count > 0 as has_checkout,
        bot_count > 0 as is_bot,
        chain_day > 0 or coalesce(next_chain_day, 0) > 0 as is_runaway
    from closed
    where is_start
)
{%- endmacro %}

{# The version of the code that sessions are cut by: SQL, rules, staging and contracts under it. #}
{% macro sessions_version() %}
  {{ return(local_md5(cut_sessions() ~ session_events() ~ code_under('web_events'))) }}
{% endmacro %}

{# What changed since the state (`load_number`, `seen_at`): (visitor_token, changed_at), several rows a visitor.
   Arrivals; rows held until now; sessions over which a row lay that lost a conflict since; a backfill's days. #}
{% macro changed_visitors(load_number, seen_at, sessions) -%}
select coalesce(e.visitor_token, e.login_token) as visitor_token, e.occurred_at as changed_at
from {{ ref('web_events') }} as e
where e.load_number > {{ load_number }}
union all
select coalesce(e.visitor_token, e.login_token) as visitor_token, e.occurred_at as changed_at
from {{ ref('web_events') }} as e
where e.occurred_at >= {{ seen_at }}
{%- for node in under_entity('web_events').sources %}
{%- set lost = superseded(api.Relation.create(database=node.database, schema=node.schema, identifier=node.identifier)) %}
{%- set first = run_query('select cast(min(_time) as varchar) as first from ' ~ lost ~ ' where _load > ' ~ load_number).rows[0].first %}
{%- if first is not none %}
union all
select s.visitor_token, l._time as changed_at
from {{ lost }} as l
inner join {{ sessions }} as s on s.started_at <= l._time and s.ended_at >= l._time
where l._load > {{ load_number }} and s.started_at >= timestamp '{{ first }}' - interval 25 hour
{%- endif %}
{%- endfor %}
{%- if var('backfill_from', none) is not none %}
{%- set first_at = "timestamp '" ~ var('backfill_from') ~ " 00:00:00' - interval 1 day" %}
{%- set last_at = "timestamp '" ~ var('backfill_to') ~ " 00:00:00' + interval 2 day" %}
union all
select coalesce(e.visitor_token, e.login_token) as visitor_token, e.occurred_at as changed_at
from {{ ref('web_events') }} as e
where e.occurred_at >= {{ first_at }} and e.occurred_at < {{ last_at }}
union all
select s.visitor_token, s.started_at as changed_at
from {{ sessions }} as s
where s.started_at >= {{ first_at }} and s.started_at < {{ last_at }}
{%- endif %}
{%- endmacro %}
