create table intermediate."int_sessions" as
-- One row per session. A night applies chg_sessions; a full rebuild is the same cut of all events.

-- depends_on: "intermediate"."chg_sessions"

with events as (
    select
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
    from "entities"."web_events" as e
    where e.visitor_token is not null or e.login_token is not null
),

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
        coalesce(event_name = 'page_view', false) as in_page_views,
        coalesce(event_name = 'view_item', false) as in_product_view_count,
        coalesce(event_name = 'add_to_cart', false) as in_cart_count,
        coalesce(event_name = 'begin_checkout', false) as in_checkout_count,
        coalesce(event_name = 'purchase', false) as in_purchase_count,
        coalesce(event_name = 'purchase' and not coalesce(value is not null and currency = 'EUR', false), false) as in_unpriced_count,
        coalesce(error_code is not null, false) as in_error_count,
        coalesce(is_bot, false) as in_bot_count,
        case when event_name = 'purchase' and currency = 'EUR' then value end as revenue_part
    from events
),

numbered as (
    select
        *,
        row_number() over (partition by visitor_token order by occurred_at, entry_rank, source, source_id) as event_number,
        lag(occurred_at) over (partition by visitor_token order by occurred_at, entry_rank, source, source_id) as previous_at,
        lag(page_path) over (partition by visitor_token order by occurred_at, entry_rank, source, source_id) as previous_page,
        lag(utm_campaign) over (partition by visitor_token order by occurred_at, entry_rank, source, source_id) as previous_campaign,
        lead(occurred_at) over (partition by visitor_token order by occurred_at, entry_rank, source, source_id) as next_at,
        /*engine*/ last_value(login_token ignore nulls) over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and 1 preceding) /*end*/ as login_before,
        /*engine*/ last_value(case when login_token is not null then occurred_at end ignore nulls) over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and 1 preceding) /*end*/ as login_before_at,
        count(case when in_page_views then 1 end)
            over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and current row) as page_views_so_far,
        count(case when in_product_view_count then 1 end)
            over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and current row) as product_view_count_so_far,
        count(case when in_cart_count then 1 end)
            over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and current row) as cart_count_so_far,
        count(case when in_checkout_count then 1 end)
            over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and current row) as checkout_count_so_far,
        count(case when in_purchase_count then 1 end)
            over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and current row) as purchase_count_so_far,
        count(case when in_unpriced_count then 1 end)
            over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and current row) as unpriced_count_so_far,
        count(case when in_error_count then 1 end)
            over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and current row) as error_count_so_far,
        count(case when in_bot_count then 1 end)
            over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and current row) as bot_count_so_far,
        coalesce(cast(sum(revenue_part) over (partition by visitor_token order by occurred_at, entry_rank, source, source_id rows between unbounded preceding and current row) as decimal(18, 2)), 0)
            as revenue_so_far
    from ranked
),

-- where a session may begin or a pause was long, and each visitor's last event
turning_points as (
    select
        *,
        previous_at is null or occurred_at - previous_at > interval 30 minutes as is_chain_start,
        greatest(coalesce(/*engine*/ epoch_us(occurred_at) /*end*/ - /*engine*/ epoch_us(previous_at) /*end*/, 0) - 300000000, 0)
            as idle_us
    from numbered
    where previous_at is null
        or next_at is null
        or occurred_at - previous_at > interval 300 second
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
            over (partition by visitor_token order by event_number rows between unbounded preceding and current row) as chain_started_at,
        lag(occurred_at) over (partition by visitor_token order by event_number) as previous_point_at,
        idle_us,
        cast(sum(idle_us) over (partition by visitor_token order by event_number rows between unbounded preceding and current row) as bigint) as idle_so_far,
        /*engine*/ last_value(utm_campaign ignore nulls) over (partition by visitor_token order by event_number rows between unbounded preceding and 1 preceding) /*end*/ as campaign_before,
        /*engine*/ last_value(case when utm_campaign is not null then occurred_at end ignore nulls) over (partition by visitor_token order by event_number rows between unbounded preceding and 1 preceding) /*end*/ as campaign_before_at
    from turning_points
),

-- days since the full hour in which the chain began: now, and at the turning point before
capped as (
    select
        *,
        cast(floor(cast(/*engine*/ epoch_us(occurred_at) /*end*/ - /*engine*/ epoch_us(date_trunc('hour', chain_started_at)) /*end*/ as double)
            / 86400000000) as bigint) as chain_day,
        cast(floor(cast(/*engine*/ epoch_us(previous_point_at) /*end*/ - /*engine*/ epoch_us(date_trunc('hour', chain_started_at)) /*end*/ as double)
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
        lead(event_number) over (partition by visitor_token order by event_number) as bound_number
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
        t.page_views_so_far - case when b.is_start and t.in_page_views then 1 else 0 end as page_views_bound,
        t.product_view_count_so_far - case when b.is_start and t.in_product_view_count then 1 else 0 end as product_view_count_bound,
        t.cart_count_so_far - case when b.is_start and t.in_cart_count then 1 else 0 end as cart_count_bound,
        t.checkout_count_so_far - case when b.is_start and t.in_checkout_count then 1 else 0 end as checkout_count_bound,
        t.purchase_count_so_far - case when b.is_start and t.in_purchase_count then 1 else 0 end as purchase_count_bound,
        t.unpriced_count_so_far - case when b.is_start and t.in_unpriced_count then 1 else 0 end as unpriced_count_bound,
        t.error_count_so_far - case when b.is_start and t.in_error_count then 1 else 0 end as error_count_bound,
        t.bot_count_so_far - case when b.is_start and t.in_bot_count then 1 else 0 end as bot_count_bound,
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
        /*engine*/ epoch_us(coalesce(e.at_bound, s.occurred_at)) /*end*/ - /*engine*/ epoch_us(s.occurred_at) /*end*/
            - (coalesce(e.idle_bound, s.idle_so_far) - s.idle_so_far) as engaged_us,
        case when s.bound_number is null then s.page_path else e.page_bound end as exit_page,
        case
            when s.bound_number is null then s.login_token
            when e.login_at_bound >= s.occurred_at then e.login_bound
        end as last_login,
        coalesce(e.page_views_bound, s.page_views_so_far) - s.page_views_bound as page_views,
        coalesce(e.product_view_count_bound, s.product_view_count_so_far) - s.product_view_count_bound as product_view_count,
        coalesce(e.cart_count_bound, s.cart_count_so_far) - s.cart_count_bound as cart_count,
        coalesce(e.checkout_count_bound, s.checkout_count_so_far) - s.checkout_count_bound as checkout_count,
        coalesce(e.purchase_count_bound, s.purchase_count_so_far) - s.purchase_count_bound as purchase_count,
        coalesce(e.unpriced_count_bound, s.unpriced_count_so_far) - s.unpriced_count_bound as unpriced_count,
        coalesce(e.error_count_bound, s.error_count_so_far) - s.error_count_bound as error_count,
        coalesce(e.bot_count_bound, s.bot_count_so_far) - s.bot_count_bound as bot_count,
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
        cast(occurred_at as date) as local_date,
        case
    when lower(utm_medium) in ('email', 'e-mail', 'newsletter') or lower(utm_source) in ('newsletter') then 'email'
    when lower(utm_medium) in ('sms') then 'sms'
    when lower(utm_medium) in ('push', 'notification') then 'push'
    when lower(utm_medium) in ('affiliate', 'affiliates', 'partner') then 'affiliate'
    when lower(utm_medium) in ('display', 'banner', 'cpm', 'retargeting') then 'display'
    when lower(utm_medium) in ('paid_social', 'paidsocial', 'social_paid', 'social-paid') then 'paid_social'
    when lower(utm_medium) in ('social', 'organic_social', 'social-media') then 'organic_social'
    when lower(utm_medium) in ('cpc', 'ppc', 'paid_search', 'paidsearch', 'sem') then 'paid_search'
    when lower(utm_medium) in ('organic') then 'organic_search'
    when lower(utm_medium) in ('referral') then 'referral'
    when utm_source is null and utm_medium is null and /*engine*/ regexp_matches(lower(referrer_host), '(^|[.])(google|bing|duckduckgo|yahoo|ecosia|baidu|yandex|qwant|startpage)[.]') /*end*/ then 'organic_search'
    when utm_source is null and utm_medium is null and /*engine*/ regexp_matches(lower(referrer_host), '(^|[.])(facebook|instagram|linkedin|twitter|x|t|youtube|tiktok|pinterest|reddit|xing)[.](com|co)$') /*end*/ then 'organic_social'
    when utm_source is not null or utm_medium is not null then 'other'
    when referrer_host is not null then 'referral'
    else 'direct'
end as channel,
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
        'EUR' as currency,
        purchase_count > 0 as is_converted,
        product_view_count > 0 as has_product_view,
        cart_count > 0 as has_cart,
        checkout_count > 0 as has_checkout,
        bot_count > 0 as is_bot,
        chain_day > 0 or coalesce(next_chain_day, 0) > 0 or event_count > 10000 as is_runaway
    from closed
)

select
    session_id,
    source,
    visitor_token,
    login_token,
    started_at,
    ended_at,
    chain_started_at,
    local_date,
    channel,
    source_name,
    medium,
    campaign,
    landing_page,
    exit_page,
    device,
    country,
    consent_state,
    event_count,
    page_views,
    error_count,
    purchase_count,
    unpriced_count,
    engaged_seconds,
    revenue,
    currency,
    is_converted,
    has_product_view,
    has_cart,
    has_checkout,
    is_bot,
    is_runaway
from sessions
order by local_date;
