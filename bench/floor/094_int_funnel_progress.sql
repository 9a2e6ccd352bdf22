create table intermediate."int_funnel_progress" as
-- One row per attempt at a declared funnel and step that it reached; an entry of nobody known is a row with its reason.
with
named_events as (
    select
        coalesce(e.visitor_token, e.login_token) as visitor_token,
        e.occurred_at,
        e.source,
        e.source_id,
        e.event_name
    from "entities"."web_events" as e
    where coalesce(e.visitor_token, e.login_token) is not null
        and (
            coalesce(e.event_name in ('view_item'), false)
            or coalesce(e.event_name in ('add_to_cart'), false)
            or coalesce(e.event_name in ('begin_checkout'), false)
            or coalesce(e.event_name in ('purchase'), false)
        )
),

session_spans as (
    select
        session_id,
        visitor_token,
        started_at,
        lead(started_at) over (partition by visitor_token order by started_at, session_id) as next_started_at
    from "intermediate"."int_sessions"
),

events_in_sessions as (
    select
        s.person_id,
        s.session_id,
        e.occurred_at,
        e.source,
        e.source_id,
        e.event_name
    from named_events as e
    inner join session_spans as p
        on p.visitor_token = e.visitor_token
        and e.occurred_at >= p.started_at
        and (e.occurred_at < p.next_started_at or p.next_started_at is null)
    inner join "marts"."fct_sessions" as s on s.session_id = p.session_id
    where not s.is_bot
),

contact_event_occurrences as (
    select c.person_id, cast(null as varchar) as session_id, c.contact_id, e.occurred_at as happened_at, e.source_id as occurrence_id, e.kind, e.source
    from "entities"."contact_events" as e
    inner join "marts"."fct_contacts" as c on c.contact_id = e.source || '/' || e.contact_id
    where c.excluded_reason is null and e.occurred_at < timestamp '{as_of_at}'
),

web_event_occurrences as (
    select e.person_id, e.session_id, cast(null as varchar) as contact_id, e.occurred_at as happened_at, e.source_id as occurrence_id, e.event_name, e.source
    from events_in_sessions as e
),

web_session_occurrences as (
    select s.person_id, s.session_id, cast(null as varchar) as contact_id, s.started_at as happened_at, s.session_id as occurrence_id, s.source
    from "marts"."fct_sessions" as s
    where not s.is_bot
),

f1_flagged as (
    select
        person_id as unit_id,
        happened_at,
        'web_event' as kind,
        source,
        occurrence_id,
        false as is_step_1,
        coalesce(event_name in ('view_item'), false) as is_step_2,
        coalesce(event_name in ('add_to_cart'), false) as is_step_3,
        coalesce(event_name in ('begin_checkout'), false) as is_step_4,
        coalesce(event_name in ('purchase'), false) as is_step_5
    from web_event_occurrences
    union all
    select
        person_id as unit_id,
        happened_at,
        'web_session' as kind,
        source,
        occurrence_id,
        true as is_step_1,
        false as is_step_2,
        false as is_step_3,
        false as is_step_4,
        false as is_step_5
    from web_session_occurrences
),

f1_occurrences as (
    select
        *,
        case when is_step_1 then 1 when is_step_2 then 2 when is_step_3 then 3 when is_step_4 then 4 when is_step_5 then 5 else 0 end as first_step,
        is_step_1 as is_entry
    from f1_flagged
    where (is_step_1 or is_step_2 or is_step_3 or is_step_4 or is_step_5)
),

f1_numbered as (
    select
        *,
        row_number() over (partition by unit_id order by happened_at, first_step, kind, source, occurrence_id) as place,
        count(case when is_entry then 1 end) over (partition by unit_id order by happened_at, first_step, kind, source, occurrence_id rows between unbounded preceding and current row) as entry_number
    from f1_occurrences
    where unit_id is not null
),

f1_in_attempts as (
    select
        *,
        cast(1 as bigint) as attempt
    from f1_numbered
    where entry_number > 0
),

f1_reached_1 as (
    select
        e.unit_id,
        e.attempt,
        e.happened_at as entered_at,
        e.happened_at + interval 1209600 second as ends_at,
        e.happened_at + interval 1209600 second >= timestamp '{as_of_at}' as is_open,
        e.place,
        e.happened_at as reached_at
    from f1_in_attempts as e
    where e.is_entry and e.entry_number = 1
),

f1_reached_2 as (
    select
        r.unit_id,
        r.attempt,
        r.entered_at,
        r.ends_at,
        r.is_open,
        min(n.place) as place,
        min(n.happened_at) as reached_at
    from f1_reached_1 as r
    inner join f1_in_attempts as n
        on n.unit_id = r.unit_id and n.attempt = r.attempt and n.place > r.place and n.happened_at <= r.ends_at
        and n.is_step_2
    group by r.unit_id, r.attempt, r.entered_at, r.ends_at, r.is_open
),

f1_reached_3 as (
    select
        r.unit_id,
        r.attempt,
        r.entered_at,
        r.ends_at,
        r.is_open,
        min(n.place) as place,
        min(n.happened_at) as reached_at
    from f1_reached_2 as r
    inner join f1_in_attempts as n
        on n.unit_id = r.unit_id and n.attempt = r.attempt and n.place > r.place and n.happened_at <= r.ends_at
        and n.is_step_3
    group by r.unit_id, r.attempt, r.entered_at, r.ends_at, r.is_open
),

f1_reached_4 as (
    select
        r.unit_id,
        r.attempt,
        r.entered_at,
        r.ends_at,
        r.is_open,
        min(n.place) as place,
        min(n.happened_at) as reached_at
    from f1_reached_3 as r
    inner join f1_in_attempts as n
        on n.unit_id = r.unit_id and n.attempt = r.attempt and n.place > r.place and n.happened_at <= r.ends_at
        and n.is_step_4
    group by r.unit_id, r.attempt, r.entered_at, r.ends_at, r.is_open
),

f1_reached_5 as (
    select
        r.unit_id,
        r.attempt,
        r.entered_at,
        r.ends_at,
        r.is_open,
        min(n.place) as place,
        min(n.happened_at) as reached_at
    from f1_reached_4 as r
    inner join f1_in_attempts as n
        on n.unit_id = r.unit_id and n.attempt = r.attempt and n.place > r.place and n.happened_at <= r.ends_at
        and n.is_step_5
    group by r.unit_id, r.attempt, r.entered_at, r.ends_at, r.is_open
),

f1_all as (
    select unit_id, attempt, entered_at, ends_at, is_open, reached_at, cast(1 as bigint) as step_number
    from f1_reached_1
    union all
    select unit_id, attempt, entered_at, ends_at, is_open, reached_at, cast(2 as bigint) as step_number
    from f1_reached_2
    union all
    select unit_id, attempt, entered_at, ends_at, is_open, reached_at, cast(3 as bigint) as step_number
    from f1_reached_3
    union all
    select unit_id, attempt, entered_at, ends_at, is_open, reached_at, cast(4 as bigint) as step_number
    from f1_reached_4
    union all
    select unit_id, attempt, entered_at, ends_at, is_open, reached_at, cast(5 as bigint) as step_number
    from f1_reached_5
),

f1_progress as (
    select
        a.unit_id,
        a.attempt,
        a.step_number,
        a.entered_at,
        a.reached_at,
        a.is_open,
        cast(null as varchar) as excluded_reason
    from f1_all as a
    union all
    select
        unit_id,
        cast(null as bigint) as attempt,
        cast(1 as bigint) as step_number,
        happened_at as entered_at,
        happened_at as reached_at,
        false as is_open,
        'unknown_person' as excluded_reason
    from f1_occurrences
    where unit_id is null and is_entry
),

f2_flagged as (
    select
        contact_id as unit_id,
        happened_at,
        'contact_event' as kind,
        source,
        occurrence_id,
        coalesce(kind in ('created'), false) as is_step_1,
        coalesce(kind in ('solved', 'closed'), false) as is_step_2
    from contact_event_occurrences
),

f2_occurrences as (
    select
        *,
        case when is_step_1 then 1 when is_step_2 then 2 else 0 end as first_step,
        is_step_1 as is_entry
    from f2_flagged
    where (is_step_1 or is_step_2)
),

f2_numbered as (
    select
        *,
        row_number() over (partition by unit_id order by happened_at, first_step, kind, source, occurrence_id) as place,
        count(case when is_entry then 1 end) over (partition by unit_id order by happened_at, first_step, kind, source, occurrence_id rows between unbounded preceding and current row) as entry_number
    from f2_occurrences
    where unit_id is not null
),

f2_in_attempts as (
    select
        *,
        cast(1 as bigint) as attempt
    from f2_numbered
    where entry_number > 0
),

f2_reached_1 as (
    select
        e.unit_id,
        e.attempt,
        e.happened_at as entered_at,
        e.happened_at + interval 604800 second as ends_at,
        e.happened_at + interval 604800 second >= timestamp '{as_of_at}' as is_open,
        e.place,
        e.happened_at as reached_at
    from f2_in_attempts as e
    where e.is_entry and e.entry_number = 1
),

f2_reached_2 as (
    select
        r.unit_id,
        r.attempt,
        r.entered_at,
        r.ends_at,
        r.is_open,
        min(n.place) as place,
        min(n.happened_at) as reached_at
    from f2_reached_1 as r
    inner join f2_in_attempts as n
        on n.unit_id = r.unit_id and n.attempt = r.attempt and n.place > r.place and n.happened_at <= r.ends_at
        and n.is_step_2
    group by r.unit_id, r.attempt, r.entered_at, r.ends_at, r.is_open
),

f2_all as (
    select unit_id, attempt, entered_at, ends_at, is_open, reached_at, cast(1 as bigint) as step_number
    from f2_reached_1
    union all
    select unit_id, attempt, entered_at, ends_at, is_open, reached_at, cast(2 as bigint) as step_number
    from f2_reached_2
),

f2_progress as (
    select
        a.unit_id,
        a.attempt,
        a.step_number,
        a.entered_at,
        a.reached_at,
        a.is_open,
        cast(null as varchar) as excluded_reason
    from f2_all as a
    union all
    select
        unit_id,
        cast(null as bigint) as attempt,
        cast(1 as bigint) as step_number,
        happened_at as entered_at,
        happened_at as reached_at,
        false as is_open,
        'unknown_contact' as excluded_reason
    from f2_occurrences
    where unit_id is null and is_entry
)

select
    'web_purchase' as funnel_id,
    unit_id,
    attempt,
    step_number,
    entered_at,
    reached_at,
    cast(floor(cast(/*engine*/ epoch_us(reached_at) /*end*/ - /*engine*/ epoch_us(entered_at) /*end*/ as double) / 1000000) as bigint) as seconds,
    cast(entered_at as date) as entered_date,
    cast(reached_at as date) as reached_date,
    is_open,
    excluded_reason
from f1_progress
union all

select
    'case_solved' as funnel_id,
    unit_id,
    attempt,
    step_number,
    entered_at,
    reached_at,
    cast(floor(cast(/*engine*/ epoch_us(reached_at) /*end*/ - /*engine*/ epoch_us(entered_at) /*end*/ as double) / 1000000) as bigint) as seconds,
    cast(entered_at as date) as entered_date,
    cast(reached_at as date) as reached_date,
    is_open,
    excluded_reason
from f2_progress;
