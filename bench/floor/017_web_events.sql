create view entities."web_events" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(visitor_token as varchar) as visitor_token,
    cast(login_token as varchar) as login_token,
    cast(occurred_at as timestamp) as occurred_at,
    cast(event_name as varchar) as event_name,
    cast(page_path as varchar) as page_path,
    cast(page_title as varchar) as page_title,
    cast(referrer_host as varchar) as referrer_host,
    cast(utm_source as varchar) as utm_source,
    cast(utm_medium as varchar) as utm_medium,
    cast(utm_campaign as varchar) as utm_campaign,
    cast(device as varchar) as device,
    cast(browser as varchar) as browser,
    cast(app_version as varchar) as app_version,
    cast(country as varchar) as country,
    cast(value as decimal(18,2)) as value,
    cast(currency as varchar) as currency,
    cast(item_id as varchar) as item_id,
    cast(error_code as varchar) as error_code,
    cast(load_ms as bigint) as load_ms,
    cast(is_bot as boolean) as is_bot,
    cast(consent_state as varchar) as consent_state,
    cast(load_number as bigint) as load_number
from "staging"."stg_ga4__web_events";
