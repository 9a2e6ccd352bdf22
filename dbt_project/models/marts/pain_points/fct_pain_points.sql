-- Where it hurt: one row per person, rule of macros/pain_points.sql and occurrence. Robots, tests and what nobody known
-- lived through are none. A low answer is one of the lower two boxes of satisfaction, or the lower three of effort.
{%- set by_visitor = 'partition by visitor_token order by occurred_at, source, source_id' %}
with web as (
    select
        e.source,
        e.source_id,
        coalesce(e.visitor_token, e.login_token) as visitor_token,
        e.login_token,
        e.occurred_at,
        e.event_name,
        e.page_path,
        e.item_id,
        e.error_code,
        e.load_ms,
        coalesce(upper(e.error_code) like '%FORM%', false) as is_form_error
    from {{ ref('web_events') }} as e
    where coalesce(e.visitor_token, e.login_token) is not null
        and not coalesce(e.is_bot, false)
        and (e.event_name in ('page_view', 'click', 'rage_click') or e.error_code is not null or e.load_ms > 10000)
),

page_views_seen as (
    select
        *,
        lag(page_path) over ({{ by_visitor }}) as page_1,
        lag(page_path, 2) over ({{ by_visitor }}) as page_2,
        lag(page_path, 3) over ({{ by_visitor }}) as page_3,
        lag(occurred_at, 3) over ({{ by_visitor }}) as at_3
    from web
    where event_name = 'page_view'
),

page_events_seen as (
    select
        *,
        lag(occurred_at, 2) over (
            partition by visitor_token, event_name, page_path, item_id order by occurred_at, source, source_id
        ) as third_click_at,
        max(case when is_form_error then occurred_at end) over (
            {{ by_visitor }} rows between unbounded preceding and 1 preceding
        ) as form_error_at
    from web
    where event_name in ('click', 'rage_click') or error_code is not null or load_ms > 10000
),
{% for name in ['page_views', 'page_events'] %}
{{ name }}_found as (
    select *
    from {{ name }}_seen
    where {% for r in pain_rules() | selectattr('from', 'equalto', name) %}{{ 'or ' if not loop.first }}({{ r.when }}) {% endfor %}
),

{{ name }} as (
    select
        w.*,
        coalesce(v.person_id, l.person_id) as person_id,
        'web' as channel,
        'web_event' as object,
        cast(null as varchar) as object_id,
        w.source || '|' || w.source_id as object_key
    from {{ name }}_found as w
    left join {{ ref('int_person_tokens') }} as v on v.token = w.visitor_token
    left join {{ ref('int_person_tokens') }} as l on l.token = w.login_token
),
{% endfor %}
help_pages as (
    select
        coalesce(v.person_id, l.person_id) as person_id,
        w.occurred_at
    from web as w
    left join {{ ref('int_person_tokens') }} as v on v.token = w.visitor_token
    left join {{ ref('int_person_tokens') }} as l on l.token = w.login_token
    where w.event_name = 'page_view' and w.page_path like '/help%'
),

contacts_asked as (
    select
        c.source,
        c.person_id,
        c.contact_id,
        c.opened_at as occurred_at,
        c.channel,
        c.reason,
        c.outcome,
        c.wait_seconds,
        coalesce(c.is_abandoned, false) as is_abandoned,
        c.is_transferred,
        lag(case when c.reason is not null then c.opened_at end) over (
            partition by c.person_id, c.reason order by c.opened_at, c.contact_id
        ) as same_reason_at
    from {{ ref('fct_contacts') }} as c
    where c.excluded_reason is null and c.person_id is not null and coalesce(c.direction, 'inbound') <> 'outbound'
),

helped as (
    select c.contact_id, max(h.occurred_at) as help_at
    from contacts_asked as c
    inner join help_pages as h on h.person_id = c.person_id and h.occurred_at < c.occurred_at
    group by c.contact_id
),

in_outage as (
    select distinct c.contact_id
    from contacts_asked as c
    inner join {{ ref('outages') }} as o
        on o.channel = c.channel and c.occurred_at >= o.started_at and (c.occurred_at < o.ended_at or o.ended_at is null)
),

contacts as (
    select
        c.*,
        h.help_at,
        o.contact_id is not null as is_in_outage,
        'contact' as object,
        c.contact_id as object_id,
        c.contact_id as object_key
    from contacts_asked as c
    left join helped as h on h.contact_id = c.contact_id
    left join in_outage as o on o.contact_id = c.contact_id
),

case_events as (
    select
        c.source,
        c.person_id,
        e.occurred_at,
        c.channel,
        e.kind as event_kind,
        'contact' as object,
        c.contact_id as object_id,
        e.source || '|' || e.source_id as object_key
    from {{ ref('contact_events') }} as e
    inner join {{ ref('fct_contacts') }} as c on c.contact_id = e.source || '/' || e.contact_id
    where c.excluded_reason is null
),

orders as (
    select
        source,
        person_id,
        coalesce(status_at, ordered_at) as occurred_at,
        channel,
        lower(status) as status,
        is_void,
        refunded_amount,
        'order' as object,
        order_id as object_id,
        order_id as object_key
    from {{ ref('fct_orders') }}
),

-- A promise of a day is broken when the day is over, not when the parcel comes: most answers are given in between. An
-- hour more than a day, for the day that has 25.
promises as (
    select
        source,
        person_id,
        least(promised_at + interval 25 hour, coalesce(delivered_at, promised_at + interval 25 hour)) as occurred_at,
        channel,
        is_late or (
            delivered_at is null and coalesce(lower(status), '') <> 'delivered' and {{ local_date('promised_at') }} < {{ as_of() }}
        ) as is_broken,
        'order' as object,
        order_id as object_id,
        order_id as object_key
    from {{ ref('fct_orders') }}
    where not is_void and promised_at is not null
),

answers as (
    select
        source,
        person_id,
        answered_at as occurred_at,
        channel,
        aspect,
        contact_id is not null as is_about_contact,
        (kind = 'csat' and score <= scale_min + 1) or (kind = 'ces' and score <= scale_min + 2) as is_low,
        'answer' as object,
        answer_id as object_id,
        answer_id as object_key
    from {{ ref('fct_responses') }}
    where is_counted and kind in ('csat', 'ces')
),

found as (
    {%- for r in pain_rules() %}
    select
        source,
        person_id,
        '{{ r.kind }}' as kind,
        '{{ r.rule }}' as rule,
        '{{ r.basis }}' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from {{ r.from }}
    where {{ r.when }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
)

select
    md5(rule || '|' || object || '|' || object_key) as pain_point_id,
    person_id,
    source,
    kind,
    rule,
    basis,
    channel,
    object,
    object_id,
    {{ pain_rules_version() }} as rule_version,
    occurred_at,
    {{ local_date('occurred_at') }} as local_date
from found
where person_id is not null and occurred_at < {{ as_of_at() }}
