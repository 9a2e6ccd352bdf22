create view intermediate."int_touchpoints" as
-- One row per touchpoint of anybody, known or not: what happened, when, by which channel, and what came of it. Bots and
-- test contacts are none; a session whose cookie is shared by many is its login's. What is dated at or after as_of (a
-- renewal to come) is none yet. `reference` tells touches of one case, conversation or order.
with rules as (
    select
        0 as rule_number,
        'unclassified' as touchpoint,
        'unclassified' as stage,
        cast(null as varchar) as kind,
        cast(null as varchar) as detail,
        cast(null as varchar) as channels,
        cast(null as varchar) as words
    union all
    select 1, 'purchase', 'purchase', 'web_session', 'purchase',
        cast(null as varchar), cast(null as varchar)
    union all
    select 2, 'website', 'consideration', 'web_session', 'checkout',
        cast(null as varchar), cast(null as varchar)
    union all
    select 3, 'website', 'consideration', 'web_session', 'cart',
        cast(null as varchar), cast(null as varchar)
    union all
    select 4, 'website', 'consideration', 'web_session', 'product_view',
        cast(null as varchar), cast(null as varchar)
    union all
    select 5, 'social_page', 'awareness', 'web_session', cast(null as varchar),
        'organic_social, social, social_page', cast(null as varchar)
    union all
    select 6, 'search_result', 'awareness', 'web_session', cast(null as varchar),
        'organic_search', cast(null as varchar)
    union all
    select 7, 'advertisement', 'awareness', 'web_session', cast(null as varchar),
        'paid_search, paid_social, display, affiliate, advertisement, tv, radio, print', cast(null as varchar)
    union all
    select 8, 'website', 'awareness', 'web_session', cast(null as varchar),
        cast(null as varchar), cast(null as varchar)
    union all
    select 9, 'purchase', 'purchase', 'order', cast(null as varchar),
        cast(null as varchar), cast(null as varchar)
    union all
    select 10, 'free_trial', 'consideration', 'subscription', 'start',
        cast(null as varchar), 'trial|freemium'
    union all
    select 11, 'contract', 'purchase', 'subscription', 'start',
        cast(null as varchar), cast(null as varchar)
    union all
    select 12, 'contract_renewal', 'loyalty', 'subscription', 'renewal',
        cast(null as varchar), cast(null as varchar)
    union all
    select 13, 'contract_end', 'use', 'subscription', 'cancel',
        cast(null as varchar), cast(null as varchar)
    union all
    select 14, 'feedback_survey', 'use', 'response', cast(null as varchar),
        cast(null as varchar), cast(null as varchar)
    union all
    select 15, 'review_or_post', 'loyalty', 'mention', cast(null as varchar),
        cast(null as varchar), cast(null as varchar)
    union all
    select 16, 'webinar', 'consideration', 'web_action', cast(null as varchar),
        cast(null as varchar), 'webinars?'
    union all
    select 17, 'white_paper', 'consideration', 'web_action', cast(null as varchar),
        cast(null as varchar), 'white[-_ ]?papers?'
    union all
    select 18, 'free_trial', 'consideration', 'web_action', cast(null as varchar),
        cast(null as varchar), 'trial|freemium'
    union all
    select 19, 'quote_request', 'purchase', 'web_action', cast(null as varchar),
        cast(null as varchar), 'quotes?|quotation'
    union all
    select 20, 'contract', 'purchase', 'web_action', cast(null as varchar),
        cast(null as varchar), 'contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract'
    union all
    select 21, 'deployment', 'use', 'web_action', cast(null as varchar),
        cast(null as varchar), 'deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up'
    union all
    select 22, 'loyalty_programme', 'loyalty', 'web_action', cast(null as varchar),
        cast(null as varchar), 'loyalty|rewards?|bonus[-_ ]points'
    union all
    select 23, 'renewal_offer', 'loyalty', 'web_action', cast(null as varchar),
        cast(null as varchar), 'renew(al|als)?'
    union all
    select 24, 'referral', 'loyalty', 'web_action', cast(null as varchar),
        cast(null as varchar), 'referrals?|(refer|invite)[-_ ](a[-_ ])?friends?'
    union all
    select 25, 'sales_talk', 'consideration', 'web_action', cast(null as varchar),
        cast(null as varchar), 'sales|(book|request)[-_ ](a[-_ ])?demo|consultation'
    union all
    select 26, 'webinar', 'consideration', 'message', cast(null as varchar),
        cast(null as varchar), 'webinars?'
    union all
    select 27, 'white_paper', 'consideration', 'message', cast(null as varchar),
        cast(null as varchar), 'white[-_ ]?papers?'
    union all
    select 28, 'free_trial', 'consideration', 'message', cast(null as varchar),
        cast(null as varchar), 'trial|freemium'
    union all
    select 29, 'quote_request', 'purchase', 'message', cast(null as varchar),
        cast(null as varchar), 'quotes?|quotation'
    union all
    select 30, 'contract', 'purchase', 'message', cast(null as varchar),
        cast(null as varchar), 'contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract'
    union all
    select 31, 'deployment', 'use', 'message', cast(null as varchar),
        cast(null as varchar), 'deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up'
    union all
    select 32, 'loyalty_programme', 'loyalty', 'message', cast(null as varchar),
        cast(null as varchar), 'loyalty|rewards?|bonus[-_ ]points'
    union all
    select 33, 'renewal_offer', 'loyalty', 'message', cast(null as varchar),
        cast(null as varchar), 'renew(al|als)?'
    union all
    select 34, 'referral', 'loyalty', 'message', cast(null as varchar),
        cast(null as varchar), 'referrals?|(refer|invite)[-_ ](a[-_ ])?friends?'
    union all
    select 35, 'sales_talk', 'consideration', 'message', cast(null as varchar),
        cast(null as varchar), 'sales|(book|request)[-_ ](a[-_ ])?demo|consultation'
    union all
    select 36, 'webinar', 'consideration', 'contact', cast(null as varchar),
        cast(null as varchar), 'webinars?'
    union all
    select 37, 'white_paper', 'consideration', 'contact', cast(null as varchar),
        cast(null as varchar), 'white[-_ ]?papers?'
    union all
    select 38, 'free_trial', 'consideration', 'contact', cast(null as varchar),
        cast(null as varchar), 'trial|freemium'
    union all
    select 39, 'quote_request', 'purchase', 'contact', cast(null as varchar),
        cast(null as varchar), 'quotes?|quotation'
    union all
    select 40, 'contract', 'purchase', 'contact', cast(null as varchar),
        cast(null as varchar), 'contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract'
    union all
    select 41, 'deployment', 'use', 'contact', cast(null as varchar),
        cast(null as varchar), 'deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up'
    union all
    select 42, 'loyalty_programme', 'loyalty', 'contact', cast(null as varchar),
        cast(null as varchar), 'loyalty|rewards?|bonus[-_ ]points'
    union all
    select 43, 'renewal_offer', 'loyalty', 'contact', cast(null as varchar),
        cast(null as varchar), 'renew(al|als)?'
    union all
    select 44, 'referral', 'loyalty', 'contact', cast(null as varchar),
        cast(null as varchar), 'referrals?|(refer|invite)[-_ ](a[-_ ])?friends?'
    union all
    select 45, 'sales_talk', 'consideration', 'contact', cast(null as varchar),
        cast(null as varchar), 'sales|(book|request)[-_ ](a[-_ ])?demo|consultation'
    union all
    select 46, 'webinar', 'consideration', 'task', cast(null as varchar),
        cast(null as varchar), 'webinars?'
    union all
    select 47, 'white_paper', 'consideration', 'task', cast(null as varchar),
        cast(null as varchar), 'white[-_ ]?papers?'
    union all
    select 48, 'free_trial', 'consideration', 'task', cast(null as varchar),
        cast(null as varchar), 'trial|freemium'
    union all
    select 49, 'quote_request', 'purchase', 'task', cast(null as varchar),
        cast(null as varchar), 'quotes?|quotation'
    union all
    select 50, 'contract', 'purchase', 'task', cast(null as varchar),
        cast(null as varchar), 'contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract'
    union all
    select 51, 'deployment', 'use', 'task', cast(null as varchar),
        cast(null as varchar), 'deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up'
    union all
    select 52, 'loyalty_programme', 'loyalty', 'task', cast(null as varchar),
        cast(null as varchar), 'loyalty|rewards?|bonus[-_ ]points'
    union all
    select 53, 'renewal_offer', 'loyalty', 'task', cast(null as varchar),
        cast(null as varchar), 'renew(al|als)?'
    union all
    select 54, 'referral', 'loyalty', 'task', cast(null as varchar),
        cast(null as varchar), 'referrals?|(refer|invite)[-_ ](a[-_ ])?friends?'
    union all
    select 55, 'sales_talk', 'consideration', 'task', cast(null as varchar),
        cast(null as varchar), 'sales|(book|request)[-_ ](a[-_ ])?demo|consultation'
    union all
    select 56, 'feedback_survey', 'use', 'web_action', cast(null as varchar),
        cast(null as varchar), 'survey|feedback'
    union all
    select 57, 'store_visit', 'consideration', 'web_action', cast(null as varchar),
        cast(null as varchar), '(store|branch)[-_ ]visit'
    union all
    select 58, 'social_page', 'awareness', 'message', cast(null as varchar),
        'organic_social, social, social_page', cast(null as varchar)
    union all
    select 59, 'advertisement', 'awareness', 'message', cast(null as varchar),
        'paid_search, paid_social, display, affiliate, advertisement, tv, radio, print', cast(null as varchar)
    union all
    select 60, 'campaign_message', 'awareness', 'message', cast(null as varchar),
        'email, sms, push, post, call, message, unknown', cast(null as varchar)
    union all
    select 61, 'support_contact', 'use', 'contact', cast(null as varchar),
        'store', 'complaints?|returns?|repairs?|refunds?|defects?|warranty|problems?|technical|support|billing|security|fraud'
    union all
    select 62, 'store_visit', 'consideration', 'contact', cast(null as varchar),
        'store', cast(null as varchar)
    union all
    select 63, 'support_contact', 'use', 'contact', cast(null as varchar),
        'call, chat, email, ticket, message, social, bot, unknown', cast(null as varchar)
    union all
    select 64, 'support_contact', 'use', 'task', cast(null as varchar),
        cast(null as varchar), 'complaints?|returns?|repairs?|refunds?|defects?|warranty|problems?|technical|support|billing|security|fraud|call[-_ ]?back|apology|fix|follow[-_ ]?up|repair'),

campaigns as (
    select
        campaign_id,
        channel,
        case
    when true and /*engine*/ regexp_matches(lower(campaign_id), '(^|[^a-z])(webinars?)([^a-z]|$)') /*end*/ then 26
    when true and /*engine*/ regexp_matches(lower(campaign_id), '(^|[^a-z])(white[-_ ]?papers?)([^a-z]|$)') /*end*/ then 27
    when true and /*engine*/ regexp_matches(lower(campaign_id), '(^|[^a-z])(trial|freemium)([^a-z]|$)') /*end*/ then 28
    when true and /*engine*/ regexp_matches(lower(campaign_id), '(^|[^a-z])(quotes?|quotation)([^a-z]|$)') /*end*/ then 29
    when true and /*engine*/ regexp_matches(lower(campaign_id), '(^|[^a-z])(contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract)([^a-z]|$)') /*end*/ then 30
    when true and /*engine*/ regexp_matches(lower(campaign_id), '(^|[^a-z])(deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up)([^a-z]|$)') /*end*/ then 31
    when true and /*engine*/ regexp_matches(lower(campaign_id), '(^|[^a-z])(loyalty|rewards?|bonus[-_ ]points)([^a-z]|$)') /*end*/ then 32
    when true and /*engine*/ regexp_matches(lower(campaign_id), '(^|[^a-z])(renew(al|als)?)([^a-z]|$)') /*end*/ then 33
    when true and /*engine*/ regexp_matches(lower(campaign_id), '(^|[^a-z])(referrals?|(refer|invite)[-_ ](a[-_ ])?friends?)([^a-z]|$)') /*end*/ then 34
    when true and /*engine*/ regexp_matches(lower(campaign_id), '(^|[^a-z])(sales|(book|request)[-_ ](a[-_ ])?demo|consultation)([^a-z]|$)') /*end*/ then 35
    when true and coalesce(channel, 'unknown') in ('organic_social', 'social', 'social_page') then 58
    when true and coalesce(channel, 'unknown') in ('paid_search', 'paid_social', 'display', 'affiliate', 'advertisement', 'tv', 'radio', 'print') then 59
    when true and coalesce(channel, 'unknown') in ('email', 'sms', 'push', 'post', 'call', 'message', 'unknown') then 60
    else 0
end as rule_number
    from (select distinct campaign_id, channel from "entities"."campaign_touches") as c
),

contacts as (
    select
        c.*,
        c.source || '/' || c.source_id as contact_id,
        'case/' || coalesce(c.conversation_id, c.source_id) as reference,
        lower(coalesce(c.reason, '') || ' ' || coalesce(c.category, '')) as words,
        row_number() over (partition by c.source_id order by c.source) as source_rank
    from "entities"."contacts" as c
),

answers as (
    select
        source,
        coalesce(response_id, substr(answer_id, length(source) + 2)) as source_id,
        min(survey_id) as detail,
        min(person_token) as token,
        min(contact_id) as contact_id,
        min(order_id) as order_id,
        min(answered_at) as occurred_at,
        min(case when kind = 'nps' and invalid_reason is null then score end) as nps_score,
        min(case when kind = 'csat' and invalid_reason is null
            then cast(score - scale_min as double) / nullif(scale_max - scale_min, 0) end) as csat_level,
        min(case when kind = 'ces' and invalid_reason is null and scale_min = 1 and scale_max = 7 then score end) as ces_score
    from "intermediate"."int_answers"
    group by source, coalesce(response_id, substr(answer_id, length(source) + 2))
),

touchpoints as (
    select
        source,
        session_id as source_id,
        'web_session' as kind,
        detail,
        channel,
        case
    when true and detail = 'purchase' then 1
    when true and detail = 'checkout' then 2
    when true and detail = 'cart' then 3
    when true and detail = 'product_view' then 4
    when true and channel in ('organic_social', 'social', 'social_page') then 5
    when true and channel in ('organic_search') then 6
    when true and channel in ('paid_search', 'paid_social', 'display', 'affiliate', 'advertisement', 'tv', 'radio', 'print') then 7
    when true then 8
    else 0
end as rule_number,
        case detail when 'purchase' then 'converted' when 'checkout' then 'abandoned' when 'cart' then 'abandoned' end as outcome,
        ended_at as outcome_at,
        error_count as effort_count,
        cast(null as decimal(18, 3)) as wait_seconds,
        cast(null as decimal(18, 2)) as ces_score,
        cast(null as varchar) as emotion,
        cast(null as varchar) as reference,
        cast(null as varchar) as reason,
        0 as bounce_count,
        false as asks_identity,
        login_token is not null as knows_identity,
        visitor_token as token,
        login_token as other_token,
        started_at as occurred_at
    from (
        select
            *,
            case
                when is_converted then 'purchase'
                when has_checkout then 'checkout'
                when has_cart then 'cart'
                when has_product_view then 'product_view'
                else 'browse'
            end as detail
        from "intermediate"."int_sessions"
        where not is_bot
    ) as s
    union all
    select
        source, source_id, 'web_action', event_name, channel, rule_number,
        null, null, 0, null, null, null, null, null, 0, false, login_token is not null,
        visitor_token, login_token, occurred_at
    from "intermediate"."int_web_actions"
    union all
    select
        source, source_id, 'order', status, coalesce(channel, 'unknown'),
        case
    when true then 9
    else 0
end,
        case when is_void then 'cancelled' else 'converted' end,
        case when is_void and status_at > ordered_at and status_at < timestamp '{as_of_at}' then status_at else ordered_at end,
        0, null, null, null, 'order/' || source_id, null, 0, false, false, person_token, null, ordered_at
    from (
        select
            *,
            coalesce(lower(status) in ('canceled', 'cancelled', 'failed', 'lost', 'closed lost', 'rejected', 'unavailable', 'void', 'voided'), false) as is_void
        from "entities"."orders"
    ) as o
    union all
    select
        c.source, c.source_id, 'contact', c.reason, coalesce(c.channel, 'unknown'),
        case
    when true and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(webinars?)([^a-z]|$)') /*end*/ then 36
    when true and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(white[-_ ]?papers?)([^a-z]|$)') /*end*/ then 37
    when true and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(trial|freemium)([^a-z]|$)') /*end*/ then 38
    when true and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(quotes?|quotation)([^a-z]|$)') /*end*/ then 39
    when true and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract)([^a-z]|$)') /*end*/ then 40
    when true and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up)([^a-z]|$)') /*end*/ then 41
    when true and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(loyalty|rewards?|bonus[-_ ]points)([^a-z]|$)') /*end*/ then 42
    when true and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(renew(al|als)?)([^a-z]|$)') /*end*/ then 43
    when true and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(referrals?|(refer|invite)[-_ ](a[-_ ])?friends?)([^a-z]|$)') /*end*/ then 44
    when true and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(sales|(book|request)[-_ ](a[-_ ])?demo|consultation)([^a-z]|$)') /*end*/ then 45
    when true and coalesce(c.channel, 'unknown') in ('store') and /*engine*/ regexp_matches(c.words, '(^|[^a-z])(complaints?|returns?|repairs?|refunds?|defects?|warranty|problems?|technical|support|billing|security|fraud)([^a-z]|$)') /*end*/ then 61
    when true and coalesce(c.channel, 'unknown') in ('store') then 62
    when true and coalesce(c.channel, 'unknown') in ('call', 'chat', 'email', 'ticket', 'message', 'social', 'bot', 'unknown') then 63
    else 0
end,
        case
            when c.outcome = 'abandoned' then 'abandoned'
            when c.status in ('solved', 'resolved') or (c.status = 'closed' and c.outcome = 'handled') then 'solved'
            when c.outcome in ('answered', 'handled', 'transferred') then 'answered'
            when c.outcome = 'self_service' then 'self_service'
            when c.closed_at < timestamp '{as_of_at}' then 'closed'
            else 'open'
        end,
        case when c.closed_at > c.opened_at and c.closed_at < timestamp '{as_of_at}' then c.closed_at else c.opened_at end,
        case when c.direction = 'outbound' then 0 else 1 end + coalesce(h.again_count, 0),
        case when t.unknown_wait_count = 0 then t.wait_seconds end,
        null, null, c.reference, c.reason, coalesce(h.bounce_count, 0),
        coalesce(h.asks_identity, false) or /*engine*/ regexp_matches(c.words, 'identity|verification|authentication') /*end*/,
        coalesce(h.asks_identity, false) or /*engine*/ regexp_matches(c.words, 'identity|verification|authentication') /*end*/,
        c.person_token, null, c.opened_at
    from contacts as c
    left join "intermediate"."int_contact_handling" as h on h.source = c.source and h.contact_id = c.source_id
    left join "intermediate"."int_contact_times" as t on t.source = c.source and t.contact_id = c.source_id
    where coalesce(not c.is_test, true)
    union all
    select
        a.source, a.source_id, 'response', a.detail, 'survey',
        case
    when true then 14
    else 0
end,
        'answered', a.occurred_at, 0, null, a.ces_score,
        case
            when a.nps_score >= 9 or (a.nps_score is null and a.csat_level >= 0.75) then 'positive'
            when a.nps_score < 7 or (a.nps_score is null and a.csat_level <= 0.25) then 'negative'
            when a.nps_score is not null or a.csat_level is not null then 'neutral'
        end,
        coalesce(c.reference, 'order/' || substr(a.order_id, length(a.source) + 2)), null, 0, false, false,
        a.token, null, a.occurred_at
    from answers as a
    left join contacts as c on c.contact_id = a.contact_id
    union all
    select
        source, source_id, 'mention', platform, 'social', case
    when true then 15
    else 0
end,
        case when brand_replied_at < timestamp '{as_of_at}' then 'answered' end,
        brand_replied_at, 0, null, null,
        case when score in (4, 5) then 'positive' when score in (1, 2) then 'negative' when score = 3 then 'neutral' end,
        null, null, 0, false, false, author_token, null, posted_at
    from "entities"."mentions"
    union all
    select
        t.source, t.source_id, 'message', t.campaign_id, coalesce(t.channel, 'unknown'), c.rule_number,
        case
            when t.unsubscribed_at < timestamp '{as_of_at}' then 'unsubscribed'
            when t.clicked_at < timestamp '{as_of_at}' then 'clicked'
            when t.opened_at < timestamp '{as_of_at}' and coalesce(not t.is_machine_open, true) then 'opened'
            when t.delivered_at < timestamp '{as_of_at}' then 'delivered'
        end,
        null, 0, null, null, null, null, null, 0, false, false,
        t.person_token, null, coalesce(t.delivered_at, t.sent_at)
    from "entities"."campaign_touches" as t
    inner join campaigns as c
        on c.campaign_id is not distinct from t.campaign_id and c.channel is not distinct from t.channel
    where t.bounced_at is null
    union all
    -- a follow-up is a touch when it is done: before, the person has seen nothing of it
    select
        t.source, t.source_id, 'task', t.kind, 'follow_up',
        case
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(webinars?)([^a-z]|$)') /*end*/ then 46
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(white[-_ ]?papers?)([^a-z]|$)') /*end*/ then 47
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(trial|freemium)([^a-z]|$)') /*end*/ then 48
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(quotes?|quotation)([^a-z]|$)') /*end*/ then 49
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract)([^a-z]|$)') /*end*/ then 50
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up)([^a-z]|$)') /*end*/ then 51
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(loyalty|rewards?|bonus[-_ ]points)([^a-z]|$)') /*end*/ then 52
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(renew(al|als)?)([^a-z]|$)') /*end*/ then 53
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(referrals?|(refer|invite)[-_ ](a[-_ ])?friends?)([^a-z]|$)') /*end*/ then 54
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(sales|(book|request)[-_ ](a[-_ ])?demo|consultation)([^a-z]|$)') /*end*/ then 55
    when true and /*engine*/ regexp_matches(lower(t.kind), '(^|[^a-z])(complaints?|returns?|repairs?|refunds?|defects?|warranty|problems?|technical|support|billing|security|fraud|call[-_ ]?back|apology|fix|follow[-_ ]?up|repair)([^a-z]|$)') /*end*/ then 64
    else 0
end,
        'done', t.done_at, 0, null, null, null, coalesce(c.reference, 'case/' || t.contact_id), null, 0, false, false,
        t.person_token, null, t.done_at
    from "entities"."tasks" as t
    left join contacts as c on c.source_id = t.contact_id and c.source_rank = 1
    where t.done_at is not null
    union all
    select
        source, source_id, 'subscription', 'start', 'subscription',
        case
    when true and 'start' = 'start' and /*engine*/ regexp_matches(lower(plan), '(^|[^a-z])(trial|freemium)([^a-z]|$)') /*end*/ then 10
    when true and 'start' = 'start' then 11
    when true and 'start' = 'renewal' then 12
    when true and 'start' = 'cancel' then 13
    else 0
end,
        'converted', started_at, 0, null, null, null, 'subscription/' || source_id, null, 0, false, false,
        person_token, null, started_at
    from "entities"."subscriptions"
    where started_at is not null
    union all
    select
        source, source_id, 'subscription', 'renewal', 'subscription',
        case
    when true and 'renewal' = 'start' and /*engine*/ regexp_matches(lower(plan), '(^|[^a-z])(trial|freemium)([^a-z]|$)') /*end*/ then 10
    when true and 'renewal' = 'start' then 11
    when true and 'renewal' = 'renewal' then 12
    when true and 'renewal' = 'cancel' then 13
    else 0
end,
        'renewed', renewed_at, 0, null, null, null, 'subscription/' || source_id, null, 0, false, false,
        person_token, null, renewed_at
    from "entities"."subscriptions"
    where renewed_at is not null
    union all
    select
        source, source_id, 'subscription', 'cancel', 'subscription',
        case
    when true and 'cancel' = 'start' and /*engine*/ regexp_matches(lower(plan), '(^|[^a-z])(trial|freemium)([^a-z]|$)') /*end*/ then 10
    when true and 'cancel' = 'start' then 11
    when true and 'cancel' = 'renewal' then 12
    when true and 'cancel' = 'cancel' then 13
    else 0
end,
        'cancelled', ended_at, 0, null, null, null, 'subscription/' || source_id, null, 0, false, false,
        person_token, null, ended_at
    from "entities"."subscriptions"
    where ended_at is not null
)

select
    md5(t.kind || '|' || case when t.kind = 'subscription' then t.detail else '' end || '|' || t.source || '|' || t.source_id)
        as touchpoint_id,
    t.source,
    t.source_id,
    t.kind,
    t.detail,
    t.channel,
    r.touchpoint,
    r.stage,
    t.rule_number,
    case when r.touchpoint = 'free_trial' and t.kind = 'subscription' then 'started' else t.outcome end as outcome,
    t.outcome_at,
    t.effort_count,
    t.wait_seconds,
    t.ces_score,
    t.emotion,
    t.reference,
    t.reason,
    t.bounce_count,
    t.asks_identity,
    t.knows_identity,
    t.token,
    t.other_token,
    t.occurred_at
from touchpoints as t
inner join rules as r on r.rule_number = t.rule_number
where t.occurred_at < timestamp '{as_of_at}';
