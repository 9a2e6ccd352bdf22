-- The path is cut out of the address without a regular expression: this runs over every event.
with source as (

    select
        *,
        split_part(page_location, '?', 1) as page_address
    from {{ rows_of('ga4', 'events') }}

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
        when page_address is null then null
        when instr(substr(page_address, 9), '/') = 0 then '/'
        else substr(page_address, 8 + instr(substr(page_address, 9), '/'))
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
from source
