-- One row per touch that sources keep a record of: orders, contacts, answers, posts, messages, follow-ups, subscriptions.
-- Test contacts are none. `reference` tells touches of one case, conversation or order.
with campaigns as (
    select
        campaign_id,
        channel,
        {{ stage_rule_of('message', 'campaign_id', "coalesce(channel, 'unknown')", 'lower(campaign_id)') }} as rule_number
    from (select distinct campaign_id, channel from {{ ref('campaign_touches') }}) as c
),

contacts as (
    select
        c.*,
        c.source || '/' || c.source_id as contact_id,
        'case/' || coalesce(c.conversation_id, c.source_id) as reference,
        {{ small_letters('c.reason', 'c.category') }} as words,
        row_number() over (partition by c.source_id order by c.source) as source_rank
    from {{ ref('contacts') }} as c
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
    from {{ ref('int_answers') }}
    group by source, coalesce(response_id, substr(answer_id, length(source) + 2))
),

touches as (
    select
        source,
        source_id,
        'order' as kind,
        status as detail,
        coalesce(channel, 'unknown') as channel,
        {{ stage_rule_of('order', 'status', 'channel', 'status') }} as rule_number,
        case when is_void then 'cancelled' else 'converted' end as outcome,
        case when is_void and status_at > ordered_at and status_at < {{ as_of_at() }} then status_at else ordered_at end as outcome_at,
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
            coalesce(lower(status) in ('{{ void_order_statuses() | join("', '") }}'), false) as is_void
        from {{ ref('orders') }}
    ) as o
    union all
    select
        c.source, c.source_id, 'contact', c.reason, coalesce(c.channel, 'unknown'),
        {{ stage_rule_of('contact', 'c.reason', "coalesce(c.channel, 'unknown')", 'c.words') }},
        case
            when c.outcome = 'abandoned' then 'abandoned'
            when c.status in ('solved', 'resolved') or (c.status = 'closed' and c.outcome = 'handled') then 'solved'
            when c.outcome in ('answered', 'handled', 'transferred') then 'answered'
            when c.outcome = 'self_service' then 'self_service'
            when c.closed_at < {{ as_of_at() }} then 'closed'
            else 'open'
        end,
        case when c.closed_at > c.opened_at and c.closed_at < {{ as_of_at() }} then c.closed_at else c.opened_at end,
        case when c.direction = 'outbound' then 0 else 1 end + coalesce(h.again_count, 0),
        case when t.unknown_wait_count = 0 then t.wait_seconds end,
        null, null, c.reference, c.reason, coalesce(h.bounce_count, 0),
        coalesce(h.asks_identity, false) or {{ regexp_match('c.words', 'identity|verification|authentication') }},
        coalesce(h.asks_identity, false) or {{ regexp_match('c.words', 'identity|verification|authentication') }},
        c.person_token, c.opened_at
    from contacts as c
    left join {{ ref('int_contact_handling') }} as h on h.source = c.source and h.contact_id = c.source_id
    left join {{ ref('int_contact_times') }} as t on t.source = c.source and t.contact_id = c.source_id
    where coalesce(not c.is_test, true)
    union all
    select
        a.source, a.source_id, 'response', a.detail, 'survey',
        {{ stage_rule_of('response', 'a.detail', 'a.detail', 'a.detail') }},
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
        source, source_id, 'mention', platform, 'social', {{ stage_rule_of('mention', 'platform', 'platform', 'platform') }},
        case when brand_replied_at < {{ as_of_at() }} then 'answered' end,
        brand_replied_at, 0, null, null,
        case when score in (4, 5) then 'positive' when score in (1, 2) then 'negative' when score = 3 then 'neutral' end,
        null, null, 0, false, false, author_token, posted_at
    from {{ ref('mentions') }}
    union all
    select
        t.source, t.source_id, 'message', t.campaign_id, coalesce(t.channel, 'unknown'), c.rule_number,
        case
            when t.unsubscribed_at < {{ as_of_at() }} then 'unsubscribed'
            when t.clicked_at < {{ as_of_at() }} then 'clicked'
            when t.opened_at < {{ as_of_at() }} and coalesce(not t.is_machine_open, true) then 'opened'
            when t.delivered_at < {{ as_of_at() }} then 'delivered'
        end,
        null, 0, null, null, null, null, null, 0, false, false,
        t.person_token, coalesce(t.delivered_at, t.sent_at)
    from {{ ref('campaign_touches') }} as t
    inner join campaigns as c
        on c.campaign_id is not distinct from t.campaign_id and c.channel is not distinct from t.channel
    where t.bounced_at is null
    union all
    -- a follow-up is a touch when it is done: before, the person has seen nothing of it
    select
        t.source, t.source_id, 'task', t.kind, 'follow_up',
        {{ stage_rule_of('task', 't.kind', 't.kind', 'lower(t.kind)') }},
        'done', t.done_at, 0, null, null, null, coalesce(c.reference, 'case/' || t.contact_id), null, 0, false, false,
        t.person_token, t.done_at
    from {{ ref('tasks') }} as t
    left join contacts as c on c.source_id = t.contact_id and c.source_rank = 1
    where t.done_at is not null
{%- for moment, detail, outcome in [('started_at', 'start', 'converted'), ('renewed_at', 'renewal', 'renewed'), ('ended_at', 'cancel', 'cancelled')] %}
    union all
    select
        source, source_id, 'subscription', '{{ detail }}', 'subscription',
        {{ stage_rule_of('subscription', "'" ~ detail ~ "'", 'plan', 'lower(plan)') }},
        '{{ outcome }}', {{ moment }}, 0, null, null, null, 'subscription/' || source_id, null, 0, false, false,
        person_token, {{ moment }}
    from {{ ref('subscriptions') }}
    where {{ moment }} is not null
{%- endfor %}
)

select
    {{ touchpoint_id('kind', 'detail', 'source', 'source_id') }} as touchpoint_id,
    *
from touches
where occurred_at < {{ as_of_at() }}
