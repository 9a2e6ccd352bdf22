-- Numbers 1 to 14 are Adobe's own and mean the same everywhere; a company's own events, 200 to 299 and 20100 to 20999,
-- are named by event.tsv. All other numbers tell how variables were set. A purchase that Adobe knew already is none.
-- A name of a country or an event that comes later than its hit changes the event: so it is of the later load.
with hits as (

    select
        *,
        instr(substr(post_page_url, 9), '/') as host_length,
        replace(replace(product_list, '^,', '%2C'), '^;', '%3B') as products,
        case when post_page_event = 0 then 'page,' else '' end
            || case when coalesce(duplicate_purchase, 0) = 0 then coalesce(post_event_list, '') else '' end as event_list
    from {{ ref('base_adobe__hits') }}

),

events as (

    select distinct
        h._key,
        h._load,
        h.visitor_id,
        h.post_cust_visid,
        h.post_cust_hit_time_gmt,
        h.post_page_url,
        h.host_length,
        h.post_pagename,
        h.post_referrer,
        h.post_campaign,
        h.mobile_id,
        h.browser,
        h.country,
        h.currency,
        h.products,
        split_part(h.part, '=', 1) as event_id
    from {{ split_to_rows('hits', 'event_list', ',') }} as h

),

amounts as (

    select
        _key,
        sum(price) as amount
    from {{ ref('base_adobe__products') }}
    group by _key

)

select
    'adobe' as source,
    cast(h._key as varchar) || '/' || h.event_id as source_id,
    null as version_at,
    h.visitor_id as visitor_token,
    h.post_cust_visid as login_token,
    h.post_cust_hit_time_gmt as occurred_at,
    case h.event_id
        when 'page' then 'page_view'
        when '1' then 'purchase'
        when '2' then 'view_item'
        when '10' then 'cart_open'
        when '11' then 'begin_checkout'
        when '12' then 'add_to_cart'
        when '13' then 'remove_from_cart'
        when '14' then 'view_cart'
        else coalesce(replace(lower(e.label), ' ', '_'), 'event_' || h.event_id)
    end as event_name,
    case
        when h.host_length = 0 then '/'
        else split_part(substr(h.post_page_url, 8 + h.host_length), '?', 1)
    end as page_path,
    h.post_pagename as page_title,
    split_part(h.post_referrer, '/', 3) as referrer_host,
    null as utm_source,
    null as utm_medium,
    h.post_campaign as utm_campaign,
    case when h.mobile_id is null then 'desktop' else 'mobile' end as device,
    coalesce(b.label, h.browser) as browser,
    null as app_version,
    coalesce(c.label, h.country) as country,
    case when h.event_id = '1' then a.amount end as value,
    case when h.event_id = '1' then h.currency end as currency,
    case when h.event_id <> 'page' and h.products not like '%,%' then split_part(h.products, ';', 2) end as item_id,
    null as error_code,
    null as load_ms,
    false as is_bot,
    null as consent_state,
    greatest(h._load, coalesce(e._load, 0), coalesce(c._load, 0)) as load_number
from events as h
left join {{ rows_of('adobe', 'events') }} as e on e.id = h.event_id
left join {{ rows_of('adobe', 'browsers') }} as b on b.id = h.browser
left join {{ rows_of('adobe', 'countries') }} as c on c.id = h.country
left join amounts as a on a._key = h._key and h.event_id = '1'
where h.event_id in ('page', '1', '2', '10', '11', '12', '13', '14')
    or (length(h.event_id) = 3 and h.event_id like '2%')
    or (length(h.event_id) = 5 and h.event_id like '20%')
