create table intermediate."int_record_touches" as
-- One row per touch that sources keep a record of: orders, contacts, answers, posts, messages, follow-ups, subscriptions.
-- Test contacts are none. `reference` tells touches of one case, conversation or order.
with campaigns as (
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

touches as (
    select
        source,
        source_id,
        'order' as kind,
        status as detail,
        coalesce(channel, 'unknown') as channel,
        case
    when true then 9
    else 0
end as rule_number,
        case when is_void then 'cancelled' else 'converted' end as outcome,
        case when is_void and status_at > ordered_at and status_at < timestamp '{as_of_at}' then status_at else ordered_at end as outcome_at,
        0 as effort_count,
        cast(null as decimal(18, 3)) as wait_seconds,
        cast(null as decimal(18, 2)) as ces_score,
        cast(null as varchar) as emotion,
        'order/' || source_id as reference,
        cast(null as varchar) as reason,
        0 as bounce_count,
        false as asks_identity,
        false as knows_identity,
        person_token as token,
        ordered_at as occurred_at
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
        c.person_token, c.opened_at
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
        a.token, a.occurred_at
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
        null, null, 0, false, false, author_token, posted_at
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
        t.person_token, coalesce(t.delivered_at, t.sent_at)
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
        t.person_token, t.done_at
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
        person_token, started_at
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
        person_token, renewed_at
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
        person_token, ended_at
    from "entities"."subscriptions"
    where ended_at is not null
)

select
    md5(kind || '|' || case when kind = 'subscription' then detail else '' end || '|' || source || '|' || source_id) as touchpoint_id,
    *
from touches
where occurred_at < timestamp '{as_of_at}';
