create table marts."fct_pain_points" as
-- Where it hurt: one row per person, rule of macros/pain_points.sql and occurrence. Robots, tests and what nobody known
-- lived through are none. A low answer is one of the lower two boxes of satisfaction, or the lower three of effort.
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
    from "entities"."web_events" as e
    where coalesce(e.visitor_token, e.login_token) is not null
        and not coalesce(e.is_bot, false)
        and (e.event_name in ('page_view', 'click', 'rage_click') or e.error_code is not null or e.load_ms > 10000)
),

page_views_seen as (
    select
        *,
        lag(page_path) over (partition by visitor_token order by occurred_at, source, source_id) as page_1,
        lag(page_path, 2) over (partition by visitor_token order by occurred_at, source, source_id) as page_2,
        lag(page_path, 3) over (partition by visitor_token order by occurred_at, source, source_id) as page_3,
        lag(occurred_at, 3) over (partition by visitor_token order by occurred_at, source, source_id) as at_3
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
            partition by visitor_token order by occurred_at, source, source_id rows between unbounded preceding and 1 preceding
        ) as form_error_at
    from web
    where event_name in ('click', 'rage_click') or error_code is not null or load_ms > 10000
),

page_views_found as (
    select *
    from page_views_seen
    where (page_path = page_2 and page_1 = page_3 and page_path <> page_1 and at_3 >= occurred_at - interval 60 second) 
),

page_views as (
    select
        w.*,
        coalesce(v.person_id, l.person_id) as person_id,
        'web' as channel,
        'web_event' as object,
        cast(null as varchar) as object_id,
        w.source || '|' || w.source_id as object_key
    from page_views_found as w
    left join "intermediate"."int_person_tokens" as v on v.token = w.visitor_token
    left join "intermediate"."int_person_tokens" as l on l.token = w.login_token
),

page_events_found as (
    select *
    from page_events_seen
    where (event_name = 'rage_click' or (event_name = 'click' and third_click_at >= occurred_at - interval 2 second)) or (is_form_error and form_error_at >= occurred_at - interval 30 minute) or (error_code is not null and not is_form_error) or (load_ms > 10000) 
),

page_events as (
    select
        w.*,
        coalesce(v.person_id, l.person_id) as person_id,
        'web' as channel,
        'web_event' as object,
        cast(null as varchar) as object_id,
        w.source || '|' || w.source_id as object_key
    from page_events_found as w
    left join "intermediate"."int_person_tokens" as v on v.token = w.visitor_token
    left join "intermediate"."int_person_tokens" as l on l.token = w.login_token
),

help_pages as (
    select
        coalesce(v.person_id, l.person_id) as person_id,
        w.occurred_at
    from web as w
    left join "intermediate"."int_person_tokens" as v on v.token = w.visitor_token
    left join "intermediate"."int_person_tokens" as l on l.token = w.login_token
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
    from "marts"."fct_contacts" as c
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
    inner join "entities"."outages" as o
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
    from "entities"."contact_events" as e
    inner join "marts"."fct_contacts" as c on c.contact_id = e.source || '/' || e.contact_id
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
    from "marts"."fct_orders"
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
            delivered_at is null and coalesce(lower(status), '') <> 'delivered' and cast(promised_at as date) < date '{as_of}'
        ) as is_broken,
        'order' as object,
        order_id as object_id,
        order_id as object_key
    from "marts"."fct_orders"
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
    from "marts"."fct_responses"
    where is_counted and kind in ('csat', 'ces')
),

found as (
    select
        source,
        person_id,
        'wait' as kind,
        'long_queue' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from contacts
    where wait_seconds > 120 and not is_abandoned
    union all
    select
        source,
        person_id,
        'wait' as kind,
        'left_the_queue' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from contacts
    where is_abandoned
    union all
    select
        source,
        person_id,
        'wait' as kind,
        'late_delivery' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from promises
    where is_broken
    union all
    select
        source,
        person_id,
        'wait' as kind,
        'said_slow' as rule,
        'feedback' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from answers
    where is_low and aspect = 'timeliness'
    union all
    select
        source,
        person_id,
        'hard_interface' as kind,
        'rage_click' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from page_events
    where event_name = 'rage_click' or (event_name = 'click' and third_click_at >= occurred_at - interval 2 second)
    union all
    select
        source,
        person_id,
        'hard_interface' as kind,
        'repeated_form_error' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from page_events
    where is_form_error and form_error_at >= occurred_at - interval 30 minute
    union all
    select
        source,
        person_id,
        'hard_interface' as kind,
        'back_and_forth' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from page_views
    where page_path = page_2 and page_1 = page_3 and page_path <> page_1 and at_3 >= occurred_at - interval 60 second
    union all
    select
        source,
        person_id,
        'hard_interface' as kind,
        'said_hard' as rule,
        'feedback' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from answers
    where is_low and aspect = 'ease'
    union all
    select
        source,
        person_id,
        'unclear_communication' as kind,
        'help_read_then_contact' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from contacts
    where help_at >= occurred_at - interval 1 day
    union all
    select
        source,
        person_id,
        'unclear_communication' as kind,
        'said_unclear' as rule,
        'feedback' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from answers
    where is_low and aspect = 'clarity'
    union all
    select
        source,
        person_id,
        'repeated_contact' as kind,
        'same_reason_in_7_days' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from contacts
    where same_reason_at >= occurred_at - interval 7 day
    union all
    select
        source,
        person_id,
        'poor_service' as kind,
        'handed_over' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from contacts
    where is_transferred
    union all
    select
        source,
        person_id,
        'poor_service' as kind,
        'reopened' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from case_events
    where event_kind = 'reopened'
    union all
    select
        source,
        person_id,
        'poor_service' as kind,
        'not_supplied' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from orders
    where status = 'unavailable'
    union all
    select
        source,
        person_id,
        'poor_service' as kind,
        'said_bad_service' as rule,
        'feedback' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from answers
    where is_low and aspect = 'overall' and is_about_contact
    union all
    select
        source,
        person_id,
        'defect_or_return' as kind,
        'refunded' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from orders
    where refunded_amount > 0 and not is_void
    union all
    select
        source,
        person_id,
        'defect_or_return' as kind,
        'return_contact' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from contacts
    where lower(reason) in ('return', 'returns', 'defect', 'damaged', 'warranty')
    union all
    select
        source,
        person_id,
        'technical_failure' as kind,
        'error_shown' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from page_events
    where error_code is not null and not is_form_error
    union all
    select
        source,
        person_id,
        'technical_failure' as kind,
        'slow_page' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from page_events
    where load_ms > 10000
    union all
    select
        source,
        person_id,
        'inaccessible' as kind,
        'turned_away' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from contacts
    where lower(outcome) in ('blocked', 'busy', 'out_of_hours', 'unreachable')
    union all
    select
        source,
        person_id,
        'inaccessible' as kind,
        'in_an_outage' as rule,
        'behaviour' as basis,
        channel,
        object,
        object_id,
        object_key,
        occurred_at
    from contacts
    where is_in_outage
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
    2 as rule_version,
    occurred_at,
    cast(occurred_at as date) as local_date
from found
where person_id is not null and occurred_at < timestamp '{as_of_at}';
