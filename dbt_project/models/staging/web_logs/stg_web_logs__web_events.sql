-- No cookie is logged, and a network is nobody: events have no visitor, so they form no sessions.
-- Bots call themselves so, or do not call themselves anything.
with source as (

    select
        *,
        lower(coalesce(user_agent, '')) as agent,
        split_part(split_part(request, ' ', 2), '?', 1) as page_path
    from {{ rows_of('web_logs', 'hits') }}

)

select
    'web_logs' as source,
    cast(_key as varchar) as source_id,
    null as version_at,
    null as visitor_token,
    login as login_token,
    requested_at as occurred_at,
    'page_view' as event_name,
    page_path,
    null as page_title,
    split_part(referrer, '/', 3) as referrer_host,
    null as utm_source,
    null as utm_medium,
    null as utm_campaign,
    null as device,
    null as browser,
    null as app_version,
    null as country,
    null as value,
    null as currency,
    null as item_id,
    case when status >= 400 then cast(status as varchar) end as error_code,
    null as load_ms,
    agent = ''
    or agent like '%bot%'
    or agent like '%crawl%'
    or agent like '%spider%'
    or agent like '%slurp%'
    or agent like '%feed%' as is_bot,
    null as consent_state,
    _load as load_number
from source
where
    lower(page_path) not like '%.css'
    and lower(page_path) not like '%.js'
    and lower(page_path) not like '%.png'
    and lower(page_path) not like '%.jpg'
    and lower(page_path) not like '%.gif'
    and lower(page_path) not like '%.ico'
