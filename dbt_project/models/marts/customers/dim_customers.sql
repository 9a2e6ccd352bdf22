-- Each person with what is known of it: attributes from its latest record, moments from its journey. Moments are
-- stored, never ages. A person that no source gives a time for is taken as old as the data.
with persons as (
    select
        person_id,
        min(first_seen_at) as first_seen_at,
        count(*) as token_count,
        count(case when kind in ('{{ personal_kinds() | join("', '") }}') then 1 end) as personal_token_count,
        count(case when kind = 'cookie' then 1 end) as cookie_count
    from {{ ref('int_person_tokens') }}
    group by person_id
),

records as (
    select
        p.*,
        t.person_id,
        row_number() over (
            partition by t.person_id order by p.version_at desc, p.created_at desc, p.source, p.source_id
        ) as record_rank
    from {{ ref('people') }} as p
    inner join {{ ref('int_person_tokens') }} as t on t.token = p.account_token
),

{%- set attributes = ['status', 'birth_year_band', 'gender', 'region', 'country', 'language', 'plan', 'tier',
                      'preferred_channel', 'preferred_channel_basis'] %}

-- the latest record that tells an attribute tells it; records of a person are few
known as (
    select
        r.person_id,
        count(*) as record_count,
        min(r.created_at) as customer_since_at
        {%- for attribute in attributes %},
        min(case when r.record_rank = f.{{ attribute }}_rank then r.{{ attribute }} end) as {{ attribute }}
        {%- endfor %}
    from records as r
    inner join (
        select
            person_id
            {%- for attribute in attributes %},
            min(case when {{ attribute }} is not null then record_rank end) as {{ attribute }}_rank
            {%- endfor %}
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
    from {{ ref('fct_touchpoints') }} as t
    left join known as k on k.person_id = t.person_id
    group by t.person_id
),

visits as (
    select
        person_id,
        cast(sum(event_count) as bigint) as web_event_count,
        count(case when is_runaway then 1 end) as runaway_session_count
    from {{ ref('fct_sessions') }}
    where person_id is not null
    group by person_id
),

dated as (
    select
        *,
        coalesce(first_seen_at, min(first_seen_at) over (), {{ as_of_at() }}) as seen_at
    from persons
)

select
    d.person_id,
    k.person_id is not null or d.personal_token_count > 0 as is_known,
    {%- for attribute in attributes %}
    k.{{ attribute }},
    {%- endfor %}
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
    {{ local_date('d.seen_at') }} as first_seen_date
from dated as d
left join known as k on k.person_id = d.person_id
left join moments as m on m.person_id = d.person_id
left join visits as v on v.person_id = d.person_id
