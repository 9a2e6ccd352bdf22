-- How well the technique works, month by month, in all and by device, browser and version: of the days on which a visitor came,
-- those with an error or a crash; of the pages whose time to load is told, the slow ones; of answered calls, those that dropped.
{%- set slow_ms = threshold('slow_load_ms') %}
{%- set dimensions = ['device', 'browser', 'app_version'] %}
with visits as (

    select
        coalesce(visitor_token, login_token) as visitor,
        {{ local_date('occurred_at') }} as local_date,
        coalesce(device, 'unknown') as device,
        coalesce(browser, 'unknown') as browser,
        coalesce(app_version, 'unknown') as app_version,
        max(case when error_code is not null then 1 else 0 end) as has_error,
        max(case when event_name = 'app_exception' then 1 else 0 end) as has_crash,
        count(case when load_ms >= 0 then 1 end) as loads,
        count(case when load_ms > {{ slow_ms }} then 1 end) as slow_loads
    from {{ ref('web_events') }}
    where not coalesce(is_bot, false)
        and coalesce(visitor_token, login_token) is not null
        and occurred_at is not null
    group by 1, 2, 3, 4, 5

),

-- a visitor with two browsers on a day is one of all
days as (
{% for dimension in ['all'] + dimensions %}
    select
        cast(date_trunc('month', local_date) as date) as month,
        '{{ dimension }}' as dimension,
        {{ "'all'" if dimension == 'all' else dimension }} as dimension_value,
        visitor,
        local_date,
        max(has_error) as has_error,
        max(has_crash) as has_crash,
        sum(loads) as loads,
        sum(slow_loads) as slow_loads
    from visits
    group by local_date, visitor{{ ', ' ~ dimension if dimension != 'all' }}
    {{ 'union all' if not loop.last }}
{%- endfor %}

),

web as (

    select
        month,
        dimension,
        dimension_value,
        count(*) as visitor_days,
        sum(has_error) as errors,
        sum(has_crash) as crashes,
        sum(loads) as loads,
        sum(slow_loads) as slow_loads
    from days
    group by month, dimension, dimension_value

),

calls as (

    select
        cast(date_trunc('month', local_date) as date) as month,
        count(*) as calls,
        count(case when outcome = 'dropped' then 1 end) as dropped
    from {{ ref('fct_contacts') }}
    where channel = 'call' and excluded_reason is null and local_date is not null and (reached_agent or outcome = 'dropped')
    group by cast(date_trunc('month', local_date) as date)

),

measured as (
{% for measure, told in {'error': ('errors', 'visitor_days'), 'crash': ('crashes', 'visitor_days'),
        'slow_load': ('slow_loads', 'loads')}.items() %}
    select '{{ measure }}' as measure, month, dimension, dimension_value, {{ told[0] }} as numerator, {{ told[1] }} as denominator
    from web
    union all
{%- endfor %}
    select 'dropped_call' as measure, month, 'all' as dimension, 'all' as dimension_value, dropped, calls
    from calls

)

select
    measure,
    month,
    dimension,
    dimension_value,
    cast(numerator as bigint) as numerator,
    cast(denominator as bigint) as denominator,
    cast(numerator as double) / nullif(denominator, 0) as value,
    {{ wilson_bound('low', 'numerator', 'denominator') }} as low,
    {{ wilson_bound('high', 'numerator', 'denominator') }} as high
from measured
where denominator > 0
