create view staging."stg_ga4__web_events" as
-- The path is cut out of the address without a regular expression: this runs over every event, and
-- browsers always give an address a path, be it `/`.
with source as (

    select
        *,
        instr(substr(page_location, 9), '/') as host_length
    from (
    select r.*
    from "raw_ga4"."events" as r
    where (r._time < timestamp '{as_of_at}' or r._time is null)
        and r._row not in (select s._row from raw_ga4.events__superseded as s)
)

)

select
    'ga4' as source,
    cast(_key as varchar) as source_id,
    null as version_at,
    user_pseudo_id as visitor_token,
    user_id as login_token,
    event_timestamp as occurred_at,
    event_name,
    case
        when host_length = 0 then '/'
        else split_part(substr(page_location, 8 + host_length), '?', 1)
    end as page_path,
    page_title,
    split_part(page_referrer, '/', 3) as referrer_host,
    manual_source as utm_source,
    manual_medium as utm_medium,
    manual_campaign_name as utm_campaign,
    device_category as device,
    browser,
    app_version,
    country,
    purchase_revenue as value,
    currency,
    null as item_id,
    error_code,
    load_ms,
    coalesce(
        lower(browser) like '%bot%'
        or lower(browser) like '%headless%'
        or lower(browser) like '%crawler%'
        or lower(browser) like '%spider%',
        false
    ) as is_bot,
    case analytics_storage when 'Yes' then 'granted' when 'No' then 'refused' end as consent_state,
    _load as load_number
from source;
