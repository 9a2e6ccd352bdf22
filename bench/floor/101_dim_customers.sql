create table marts."dim_customers" as
-- Each person with what is known of it: attributes from its latest record, moments from its journey. Moments are
-- stored, never ages. A person that no source gives a time for is taken as old as the data.
with persons as (
    select
        person_id,
        min(first_seen_at) as first_seen_at,
        count(*) as token_count,
        count(case when kind in ('account', 'email', 'login', 'phone') then 1 end) as personal_token_count,
        count(case when kind = 'cookie' then 1 end) as cookie_count
    from "intermediate"."int_person_tokens"
    group by person_id
),

records as (
    select
        p.*,
        t.person_id,
        row_number() over (
            partition by t.person_id order by p.version_at desc, p.created_at desc, p.source, p.source_id
        ) as record_rank
    from "entities"."people" as p
    inner join "intermediate"."int_person_tokens" as t on t.token = p.account_token
),

-- the latest record that tells an attribute tells it; records of a person are few
known as (
    select
        r.person_id,
        count(*) as record_count,
        min(r.created_at) as customer_since_at,
        min(case when r.record_rank = f.status_rank then r.status end) as status,
        min(case when r.record_rank = f.birth_year_band_rank then r.birth_year_band end) as birth_year_band,
        min(case when r.record_rank = f.gender_rank then r.gender end) as gender,
        min(case when r.record_rank = f.region_rank then r.region end) as region,
        min(case when r.record_rank = f.country_rank then r.country end) as country,
        min(case when r.record_rank = f.language_rank then r.language end) as language,
        min(case when r.record_rank = f.plan_rank then r.plan end) as plan,
        min(case when r.record_rank = f.tier_rank then r.tier end) as tier,
        min(case when r.record_rank = f.preferred_channel_rank then r.preferred_channel end) as preferred_channel,
        min(case when r.record_rank = f.preferred_channel_basis_rank then r.preferred_channel_basis end) as preferred_channel_basis
    from records as r
    inner join (
        select
            person_id,
            min(case when status is not null then record_rank end) as status_rank,
            min(case when birth_year_band is not null then record_rank end) as birth_year_band_rank,
            min(case when gender is not null then record_rank end) as gender_rank,
            min(case when region is not null then record_rank end) as region_rank,
            min(case when country is not null then record_rank end) as country_rank,
            min(case when language is not null then record_rank end) as language_rank,
            min(case when plan is not null then record_rank end) as plan_rank,
            min(case when tier is not null then record_rank end) as tier_rank,
            min(case when preferred_channel is not null then record_rank end) as preferred_channel_rank,
            min(case when preferred_channel_basis is not null then record_rank end) as preferred_channel_basis_rank
        from records
        group by person_id
    ) as f on f.person_id = r.person_id
    group by r.person_id
),

-- what only a customer does, and did before being one: a clock or a record is wrong
moments as (
    select
        t.person_id,
        count(*) as touchpoint_count,
        count(case
            when t.kind in ('order', 'subscription', 'contact', 'response') and t.occurred_at < k.customer_since_at then 1
        end) as early_touchpoint_count,
        min(t.occurred_at) as first_touch_at,
        max(t.occurred_at) as last_touch_at,
        max(case when t.kind = 'web_session' then t.occurred_at end) as last_session_at,
        max(case when t.kind = 'order' then t.occurred_at end) as last_order_at,
        max(case when t.kind = 'contact' then t.occurred_at end) as last_contact_at,
        max(case when t.kind = 'response' then t.occurred_at end) as last_response_at,
        min(case when t.step = 1 then t.channel end) as first_channel
    from "marts"."fct_touchpoints" as t
    left join known as k on k.person_id = t.person_id
    group by t.person_id
),

visits as (
    select
        person_id,
        cast(sum(event_count) as bigint) as web_event_count,
        count(case when is_runaway then 1 end) as runaway_session_count
    from "marts"."fct_sessions"
    where person_id is not null
    group by person_id
),

dated as (
    select
        *,
        coalesce(first_seen_at, min(first_seen_at) over (), timestamp '{as_of_at}') as seen_at
    from persons
)

select
    d.person_id,
    k.person_id is not null or d.personal_token_count > 0 as is_known,
    k.status,
    k.birth_year_band,
    k.gender,
    k.region,
    k.country,
    k.language,
    k.plan,
    k.tier,
    k.preferred_channel,
    k.preferred_channel_basis,
    m.first_channel,
    d.token_count,
    d.cookie_count,
    coalesce(k.record_count, 0) as record_count,
    coalesce(m.touchpoint_count, 0) as touchpoint_count,
    coalesce(m.early_touchpoint_count, 0) as early_touchpoint_count,
    coalesce(v.web_event_count, 0) as web_event_count,
    coalesce(v.runaway_session_count, 0) as runaway_session_count,
    d.seen_at as first_seen_at,
    k.customer_since_at,
    m.first_touch_at,
    m.last_touch_at,
    m.last_session_at,
    m.last_order_at,
    m.last_contact_at,
    m.last_response_at,
    cast(d.seen_at as date) as first_seen_date
from dated as d
left join known as k on k.person_id = d.person_id
left join moments as m on m.person_id = d.person_id
left join visits as v on v.person_id = d.person_id;
