-- Numbers 1 to 14 are Adobe's own and mean the same everywhere; a company's own events, 200 to 299 and 20100 to 20999,
-- are named by event.tsv. All other numbers tell how variables were set. A purchase that is known already happened once.
with hits as (

    select
        *,
        instr(substr(post_page_url, 9), '/') as host_length
    from {{ ref('base_adobe__hits') }}

),

lists as (

    select
        _key,
        post_event_list
    from hits
    where post_event_list is not null and coalesce(duplicate_purchase, 0) = 0

),

numbers as (

    select distinct
        l._key,
        split_part(l.part, '=', 1) as event_id
    from {{ split_to_rows('lists', 'post_event_list', ',') }} as l

),

happened as (

    select
        _key,
        'page' as event_id,
        'page_view' as event_name
    from hits
    where post_page_event = 0
    union all
    select
        n._key,
        n.event_id,
        case n.event_id
            when '1' then 'purchase'
            when '2' then 'view_item'
            when '10' then 'cart_open'
            when '11' then 'begin_checkout'
            when '12' then 'add_to_cart'
            when '13' then 'remove_from_cart'
            when '14' then 'view_cart'
            else coalesce(replace(lower(e.label), ' ', '_'), 'event_' || n.event_id)
        end as event_name
    from numbers as n
    left join {{ rows_of('adobe', 'events') }} as e on e.id = n.event_id
    left join {{ ref('base_adobe__purchases') }} as p on p._key = n._key
    where (n.event_id = '1' and p._key is not null)
        or n.event_id in ('2', '10', '11', '12', '13', '14')
        or (length(n.event_id) = 3 and n.event_id like '2%')
        or (length(n.event_id) = 5 and n.event_id like '20%')

),

products as (

    select
        _key,
        case when count(*) = 1 then min(product_id) end as product_id,
        sum(price) as amount
    from {{ ref('base_adobe__products') }}
    group by _key

)

select
    'adobe' as source,
    cast(h._key as varchar) || '/' || w.event_id as source_id,
    null as version_at,
    h.visitor_id as visitor_token,
    h.post_cust_visid as login_token,
    h.post_cust_hit_time_gmt as occurred_at,
    w.event_name,
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
    case when w.event_id = '1' then l.amount end as value,
    case when w.event_id = '1' then h.currency end as currency,
    case when w.event_id <> 'page' then l.product_id end as item_id,
    null as error_code,
    null as load_ms,
    false as is_bot,
    null as consent_state,
    h._load as load_number
from hits as h
inner join happened as w on w._key = h._key
left join products as l on l._key = h._key
left join {{ rows_of('adobe', 'browsers') }} as b on b.id = h.browser
left join {{ rows_of('adobe', 'countries') }} as c on c.id = h.country
