create table marts."agg_technical_quality" as
-- How well the technique works, month by month, in all and by device, browser and version: of the days on which a visitor came,
-- those with an error or a crash; of the pages whose time to load is told, the slow ones; of answered calls, those that dropped.
with visits as (

    select
        coalesce(visitor_token, login_token) as visitor,
        cast(occurred_at as date) as local_date,
        coalesce(device, 'unknown') as device,
        coalesce(browser, 'unknown') as browser,
        coalesce(app_version, 'unknown') as app_version,
        max(case when error_code is not null then 1 else 0 end) as has_error,
        max(case when event_name = 'app_exception' then 1 else 0 end) as has_crash,
        count(case when load_ms >= 0 then 1 end) as loads,
        count(case when load_ms > 4000 then 1 end) as slow_loads
    from "entities"."web_events"
    where not coalesce(is_bot, false)
        and coalesce(visitor_token, login_token) is not null
        and occurred_at is not null
    group by 1, 2, 3, 4, 5

),

-- a visitor with two browsers on a day is one of all
days as (

    select
        cast(date_trunc('month', local_date) as date) as month,
        'all' as dimension,
        'all' as dimension_value,
        visitor,
        local_date,
        max(has_error) as has_error,
        max(has_crash) as has_crash,
        sum(loads) as loads,
        sum(slow_loads) as slow_loads
    from visits
    group by local_date, visitor
    union all
    select
        cast(date_trunc('month', local_date) as date) as month,
        'device' as dimension,
        device as dimension_value,
        visitor,
        local_date,
        max(has_error) as has_error,
        max(has_crash) as has_crash,
        sum(loads) as loads,
        sum(slow_loads) as slow_loads
    from visits
    group by local_date, visitor, device
    union all
    select
        cast(date_trunc('month', local_date) as date) as month,
        'browser' as dimension,
        browser as dimension_value,
        visitor,
        local_date,
        max(has_error) as has_error,
        max(has_crash) as has_crash,
        sum(loads) as loads,
        sum(slow_loads) as slow_loads
    from visits
    group by local_date, visitor, browser
    union all
    select
        cast(date_trunc('month', local_date) as date) as month,
        'app_version' as dimension,
        app_version as dimension_value,
        visitor,
        local_date,
        max(has_error) as has_error,
        max(has_crash) as has_crash,
        sum(loads) as loads,
        sum(slow_loads) as slow_loads
    from visits
    group by local_date, visitor, app_version
    

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
    from "marts"."fct_contacts"
    where channel = 'call' and excluded_reason is null and local_date is not null and (reached_agent or outcome = 'dropped')
    group by cast(date_trunc('month', local_date) as date)

),

measured as (

    select 'error' as measure, month, dimension, dimension_value, errors as numerator, visitor_days as denominator
    from web
    union all
    select 'crash' as measure, month, dimension, dimension_value, crashes as numerator, visitor_days as denominator
    from web
    union all
    select 'slow_load' as measure, month, dimension, dimension_value, slow_loads as numerator, loads as denominator
    from web
    union all
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
    case when denominator > 0 then least(greatest(
    cast((cast(numerator as double) / nullif(denominator, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * denominator, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(numerator as double) / nullif(denominator, 0)) * (1 - (cast(numerator as double) / nullif(denominator, 0))) as double) / nullif(denominator, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(denominator as double) * denominator, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(denominator, 0), 0),
    0.0), 1.0) end as low,
    case when denominator > 0 then least(greatest(
    cast((cast(numerator as double) / nullif(denominator, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * denominator, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(numerator as double) / nullif(denominator, 0)) * (1 - (cast(numerator as double) / nullif(denominator, 0))) as double) / nullif(denominator, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(denominator as double) * denominator, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(denominator, 0), 0),
    0.0), 1.0) end as high
from measured
where denominator > 0;
