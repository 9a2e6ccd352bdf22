-- Why: shares of waiting and working mean something only if the states that cases were in fill their lives, no second
-- lost or counted twice. The life of a case is told here from its first and last event alone. A row here is a type of
-- case whose states do not sum to it, or that lost cases or events.
{{ config(meta={'dagster': {'ref': {'name': 'agg_process_step'}}}) }}

with events as (
    select
        e.source,
        e.contact_id,
        coalesce(c.category, c.reason, 'unknown') as case_type,
        e.source_id,
        e.kind,
        e.occurred_at,
        {{ epoch_seconds('e.occurred_at') }} as at_second,
        {{ epoch_seconds('c.opened_at') }} as opened_second,
        {{ case_state('e.kind', 'e.to_value') }} as state
    from {{ ref('contact_events') }} as e
    inner join {{ ref('contacts') }} as c on c.source = e.source and c.source_id = e.contact_id
    where e.occurred_at < {{ as_of_at() }} and coalesce(not c.is_test, true)
),

last_events as (
    select
        *,
        row_number() over (partition by source, contact_id order by occurred_at desc, source_id desc) as recency
    from events
    where state is not null
),

cases as (
    select
        e.source,
        e.case_type,
        e.contact_id,
        count(*) as event_count,
        case when max(case when {{ ends_case('l.kind', 'l.state') }} then 1 else 0 end) = 1 then max(l.at_second)
            else {{ epoch_seconds(as_of_at()) }} end
            - least(min(e.opened_second), min(case when e.state is not null then e.at_second end)) as life_seconds
    from events as e
    inner join last_events as l on l.source = e.source and l.contact_id = e.contact_id and l.recency = 1
    group by e.source, e.case_type, e.contact_id
),

expected as (
    select
        source,
        case_type,
        count(*) as case_count,
        sum(event_count) as event_count,
        sum(life_seconds) as life_seconds
    from cases
    group by source, case_type
),

told as (
    select
        source,
        case_type,
        sum(total_seconds) as total_seconds,
        sum(waiting_seconds + working_seconds + case when state_class = 'done' then total_seconds else 0 end) as classed_seconds,
        min(life_seconds) as lowest_life,
        max(life_seconds) as highest_life,
        min(all_case_count) as lowest_cases,
        max(all_case_count) as highest_cases,
        sum(touch_count) as touch_count,
        count(case when case_count > all_case_count or entry_count < case_count
            or entry_count <> case_count + rework_count or open_count > case_count or total_seconds is null then 1 end) as wrong_count
    from {{ ref('agg_process_step') }}
    group by source, case_type
)

select
    coalesce(e.source, t.source) as source,
    coalesce(e.case_type, t.case_type) as case_type,
    cast(e.life_seconds as bigint) as expected_seconds,
    cast(t.total_seconds as bigint) as total_seconds
from expected as e
full outer join told as t on t.source = e.source and t.case_type = e.case_type
where true is distinct from (
    t.total_seconds = e.life_seconds
    and t.classed_seconds = e.life_seconds
    and t.lowest_life = e.life_seconds
    and t.highest_life = e.life_seconds
    and t.lowest_cases = e.case_count
    and t.highest_cases = e.case_count
    and t.touch_count = e.event_count
    and t.wrong_count = 0
)
