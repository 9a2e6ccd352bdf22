{# Sessions, cut from events in one window over them.

   A visitor's events with gaps of at most 30 minutes are a chain. A session is a stretch of a chain. It begins
   - with the chain,
   - at an event whose campaign is not null and is not the last campaign named before it in the chain (none is
     another one too: a direct visit that comes back by an advertisement is two sessions),
   - 24 hours after the chain began (counted from that full hour), and every 24 hours from there: a runaway.
   Of one instant, the event that tells most of where the visit came from is first, then source, then source_id.
   The visitor is the cookie; without one, the login; events without either are in no session.

   Engaged time is the time between events without what a pause is longer than engagement_cap: no one knows whether a page
   was still looked at. The last page of a session adds nothing, for nothing tells when it was left.
   A session of 24 hours, or of more events than session_event_cap, is no visit of a person: it is flagged as a runaway.

   Measures are running counts, subtracted between one session's start and the next: so only the events at which a
   session may begin leave the big window (a third of the cost of grouping all of them). #}

{# Seconds of a pause between two events that count as engaged. #}
{% macro engagement_cap() %}{{ return(var('engagement_cap_seconds', 300)) }}{% endmacro %}

{# More events than this in one session, and something clicks by itself. #}
{% macro session_event_cap() %}{{ return(var('session_event_cap', 10000)) }}{% endmacro %}

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
             'engaged_seconds', 'revenue', 'currency', 'is_converted', 'has_product_view', 'has_cart',
             'has_checkout', 'is_bot', 'is_runaway']) }}
{% endmacro %}

{# The steps from a CTE `events` (session_events) to a CTE `sessions` (session_columns). #}
{% macro cut_sessions() -%}
{%- set by_time = 'partition by visitor_token order by occurred_at, entry_rank, source, source_id' -%}
{%- set by_number = 'partition by visitor_token order by event_number' -%}
{%- set counts = session_counts() -%}
ranked as (
    select
        source,
        source_id,
        visitor_token,
        login_token,
        occurred_at,
        page_path,
        referrer_host,
        utm_source,
        utm_medium,
        utm_campaign,
        device,
        country,
        consent_state,
        case
            when utm_campaign is not null then 0
            when utm_source is not null then 1
            when referrer_host is not null then 2
            else 3
        end as entry_rank,
        {%- for name, counted in counts.items() %}
        coalesce({{ counted }}, false) as in_{{ name }},
        {%- endfor %}
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
        {%- for name in counts %}
        count(case when in_{{ name }} then 1 end)
            over ({{ by_time }} rows between unbounded preceding and current row) as {{ name }}_so_far,
        {%- endfor %}
        coalesce(cast(sum(revenue_part) over ({{ by_time }} rows between unbounded preceding and current row) as decimal(18, 2)), 0)
            as revenue_so_far
    from ranked
),

-- where a session may begin or a pause was long, and each visitor's last event
turning_points as (
    select
        *,
        previous_at is null or occurred_at - previous_at > interval 30 minutes as is_chain_start,
        greatest(coalesce({{ epoch_us('occurred_at') }} - {{ epoch_us('previous_at') }}, 0) - {{ engagement_cap() }}000000, 0)
            as idle_us
    from numbered
    where previous_at is null
        or next_at is null
        or occurred_at - previous_at > interval {{ engagement_cap() }} second
        or (utm_campaign is not null and utm_campaign is distinct from previous_campaign)
        or date_trunc('hour', occurred_at) <> date_trunc('hour', previous_at)
),

chained as (
    select
        visitor_token,
        event_number,
        occurred_at,
        next_at,
        utm_campaign,
        is_chain_start,
        max(case when is_chain_start then occurred_at end)
            over ({{ by_number }} rows between unbounded preceding and current row) as chain_started_at,
        lag(occurred_at) over ({{ by_number }}) as previous_point_at,
        idle_us,
        cast(sum(idle_us) over ({{ by_number }} rows between unbounded preceding and current row) as bigint) as idle_so_far,
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

-- session starts and each visitor's last event, each with the one that bounds it
bounds as (
    select
        visitor_token,
        event_number,
        chain_started_at,
        chain_day,
        is_start,
        idle_us,
        idle_so_far,
        lead(event_number) over ({{ by_number }}) as bound_number
    from marked
    where is_start or next_at is null
),

-- with what stood just before the start, or at the last event
bounded as (
    select
        t.*,
        b.chain_started_at,
        b.chain_day,
        b.is_start,
        b.bound_number,
        b.idle_so_far,
        b.idle_so_far - case when b.is_start then b.idle_us else 0 end as idle_bound,
        case when b.is_start then t.event_number - 1 else t.event_number end as events_bound,
        case when b.is_start then t.previous_at else t.occurred_at end as at_bound,
        case when b.is_start then t.previous_page else t.page_path end as page_bound,
        case when b.is_start or t.login_token is null then t.login_before else t.login_token end as login_bound,
        case when b.is_start or t.login_token is null then t.login_before_at else t.occurred_at end as login_at_bound,
        {%- for name in counts %}
        t.{{ name }}_so_far - case when b.is_start and t.in_{{ name }} then 1 else 0 end as {{ name }}_bound,
        {%- endfor %}
        t.revenue_so_far - case when b.is_start then coalesce(t.revenue_part, 0) else 0 end as revenue_bound
    from turning_points as t
    inner join bounds as b on b.visitor_token = t.visitor_token and b.event_number = t.event_number
),

-- a session whose start is its visitor's last event has no bound: it is that event
closed as (
    select
        s.*,
        coalesce(e.events_bound, s.event_number) - s.events_bound as event_count,
        coalesce(e.at_bound, s.occurred_at) as ended_at,
        {{ epoch_us('coalesce(e.at_bound, s.occurred_at)') }} - {{ epoch_us('s.occurred_at') }}
            - (coalesce(e.idle_bound, s.idle_so_far) - s.idle_so_far) as engaged_us,
        case when s.bound_number is null then s.page_path else e.page_bound end as exit_page,
        case
            when s.bound_number is null then s.login_token
            when e.login_at_bound >= s.occurred_at then e.login_bound
        end as last_login,
        {%- for name in counts %}
        coalesce(e.{{ name }}_bound, s.{{ name }}_so_far) - s.{{ name }}_bound as {{ name }},
        {%- endfor %}
        cast(coalesce(e.revenue_bound, s.revenue_so_far) - s.revenue_bound as decimal(18, 2)) as revenue,
        case when e.chain_started_at = s.chain_started_at then e.chain_day end as next_chain_day
    from bounded as s
    left join bounded as e on e.visitor_token = s.visitor_token and e.event_number = s.bound_number
    where s.is_start
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
        cast(floor(cast(engaged_us as double) / 1000000) as bigint) as engaged_seconds,
        revenue,
        '{{ var('reporting_currency', 'EUR') }}' as currency,
        purchase_count > 0 as is_converted,
        product_view_count > 0 as has_product_view,
        cart_count > 0 as has_cart,
        checkout_count > 0 as has_checkout,
        bot_count > 0 as is_bot,
        chain_day > 0 or coalesce(next_chain_day, 0) > 0 or event_count > {{ session_event_cap() }} as is_runaway
    from closed
)
{%- endmacro %}
