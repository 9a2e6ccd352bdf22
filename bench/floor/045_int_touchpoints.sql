create view intermediate."int_touchpoints" as
-- One row per touchpoint of anybody, known or not: what happened, when, by which channel. Bots and test contacts
-- are none; a session whose cookie is shared by many is its login's. What is dated at or after as_of (a renewal to come) is none yet.
with touchpoints as (
    select
        source,
        session_id as source_id,
        'web_session' as kind,
        case
            when is_converted then 'purchase'
            when has_checkout then 'checkout'
            when has_cart then 'cart'
            when has_product_view then 'product_view'
            else 'browse'
        end as detail,
        channel,
        visitor_token as token,
        login_token as other_token,
        started_at as occurred_at
    from "intermediate"."int_sessions"
    where not is_bot
    union all
    select
        source,
        source_id,
        'order' as kind,
        status as detail,
        coalesce(channel, 'unknown') as channel,
        person_token as token,
        cast(null as varchar) as other_token,
        ordered_at as occurred_at
    from "entities"."orders"
    union all
    select
        source,
        source_id,
        'contact' as kind,
        reason as detail,
        coalesce(channel, 'unknown') as channel,
        person_token as token,
        cast(null as varchar) as other_token,
        opened_at as occurred_at
    from "entities"."contacts"
    where coalesce(not is_test, true)
    union all
    select
        source,
        coalesce(response_id, source_id) as source_id,
        'response' as kind,
        min(survey_id) as detail,
        'survey' as channel,
        min(person_token) as token,
        cast(null as varchar) as other_token,
        min(answered_at) as occurred_at
    from "entities"."responses"
    group by source, coalesce(response_id, source_id)
    union all
    select
        source,
        source_id,
        'mention' as kind,
        platform as detail,
        'social' as channel,
        author_token as token,
        cast(null as varchar) as other_token,
        posted_at as occurred_at
    from "entities"."mentions"
    union all
    select
        source,
        source_id,
        'message' as kind,
        campaign_id as detail,
        coalesce(channel, 'unknown') as channel,
        person_token as token,
        cast(null as varchar) as other_token,
        coalesce(delivered_at, sent_at) as occurred_at
    from "entities"."campaign_touches"
    where bounced_at is null
    union all
    select
        source,
        source_id,
        'subscription' as kind,
        'start' as detail,
        'subscription' as channel,
        person_token as token,
        cast(null as varchar) as other_token,
        started_at as occurred_at
    from "entities"."subscriptions"
    where started_at is not null
    union all
    select
        source,
        source_id,
        'subscription' as kind,
        'renewal' as detail,
        'subscription' as channel,
        person_token as token,
        cast(null as varchar) as other_token,
        renewed_at as occurred_at
    from "entities"."subscriptions"
    where renewed_at is not null
    union all
    select
        source,
        source_id,
        'subscription' as kind,
        'cancel' as detail,
        'subscription' as channel,
        person_token as token,
        cast(null as varchar) as other_token,
        ended_at as occurred_at
    from "entities"."subscriptions"
    where ended_at is not null
)

select
    md5(kind || '|' || case when kind = 'subscription' then detail else '' end || '|' || source || '|' || source_id)
        as touchpoint_id,
    source,
    source_id,
    kind,
    detail,
    channel,
    case
    when kind = 'message' then 'awareness'
    when kind = 'web_session' and detail = 'browse' then 'awareness'
    when kind = 'web_session' and detail = 'product_view' then 'consideration'
    when kind = 'web_session' and detail = 'cart' then 'consideration'
    when kind = 'web_session' and detail = 'checkout' then 'consideration'
    when kind = 'web_session' and detail = 'purchase' then 'purchase'
    when kind = 'order' then 'purchase'
    when kind = 'subscription' and detail = 'start' then 'purchase'
    when kind = 'subscription' and detail = 'cancel' then 'use'
    when kind = 'subscription' and detail = 'renewal' then 'loyalty'
    when kind = 'contact' then 'use'
    when kind = 'response' then 'loyalty'
    when kind = 'mention' then 'loyalty'
end as stage,
    token,
    other_token,
    occurred_at
from touchpoints
where occurred_at < timestamp '{as_of_at}';
