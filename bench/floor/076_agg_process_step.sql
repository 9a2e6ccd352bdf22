create table marts."agg_process_step" as
-- Each state that cases of a type go through: how many, how often, how long. The life of a case runs from its opening to
-- the last event if that solved or closed it, else to as_of; its times in states sum to it exactly. Of one second, events
-- come in the order of their ids.

with told as (
    select
        source,
        contact_id,
        source_id,
        kind,
        cast(floor(cast(/*engine*/ epoch_us(occurred_at) /*end*/ as double) / 1000000) as bigint) as at_second,
        case when kind in ('created', 'status', 'reopened', 'solved', 'closed') then lower(coalesce(to_value,
    case kind when 'created' then 'new' when 'reopened' then 'open' when 'status' then 'unknown' else kind end)) end as state
    from "entities"."contact_events"
    where occurred_at < timestamp '{as_of_at}'
),

placed as (
    select
        t.*,
        coalesce(c.category, c.reason, 'unknown') as case_type,
        cast(floor(cast(/*engine*/ epoch_us(c.opened_at) /*end*/ as double) / 1000000) as bigint) as opened_second
    from told as t
    inner join "entities"."contacts" as c on c.source = t.source and c.source_id = t.contact_id
    where coalesce(not c.is_test, true)
),

entered as (
    select
        *,
        row_number() over (partition by source, contact_id order by at_second, source_id) as entry_number,
        lag(state) over (partition by source, contact_id order by at_second, source_id) as state_before,
        lead(at_second) over (partition by source, contact_id order by at_second, source_id) as next_second,
        count(*) over (partition by source, contact_id, state order by at_second, source_id
            rows between unbounded preceding and current row) as visit_number
    from placed
    where state is not null
),

stays as (
    select
        source,
        contact_id,
        case_type,
        state,
        state is distinct from state_before as is_entry,
        visit_number > 1 and state <> state_before as is_rework,
        next_second is null and not (kind in ('solved', 'closed') or (kind <> 'reopened' and case
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(new|queued?|unassigned|on[-_ ]?hold|hold|pending|wait(ing)?|awaiting)([^a-z]|$)') /*end*/ then 'waiting'
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(solved|resolved|closed|cancell?ed)([^a-z]|$)') /*end*/ then 'done'
    else 'working'
end = 'done')) as is_open,
        coalesce(next_second, case when (kind in ('solved', 'closed') or (kind <> 'reopened' and case
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(new|queued?|unassigned|on[-_ ]?hold|hold|pending|wait(ing)?|awaiting)([^a-z]|$)') /*end*/ then 'waiting'
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(solved|resolved|closed|cancell?ed)([^a-z]|$)') /*end*/ then 'done'
    else 'working'
end = 'done')) then at_second else cast(floor(cast(/*engine*/ epoch_us(timestamp '{as_of_at}') /*end*/ as double) / 1000000) as bigint) end)
            - case when entry_number = 1 then least(coalesce(opened_second, at_second), at_second) else at_second end as stay_seconds
    from entered
),

-- whatever happens to a case happens in the state that it is in or enters; before its first one, in that
touched as (
    select
        p.source,
        p.case_type,
        coalesce(p.last_state, f.state) as state,
        count(*) as touch_count
    from (
        select
            *,
            /*engine*/ last_value(state ignore nulls) over (partition by source, contact_id order by at_second, source_id rows between unbounded preceding and current row) /*end*/ as last_state
        from placed
    ) as p
    inner join entered as f on f.source = p.source and f.contact_id = p.contact_id and f.entry_number = 1
    group by p.source, p.case_type, coalesce(p.last_state, f.state)
),

counted as (
    select
        source,
        case_type,
        state,
        count(distinct contact_id) as case_count,
        count(case when is_open then 1 end) as open_count,
        count(case when is_entry then 1 end) as entry_count,
        count(case when is_rework then 1 end) as rework_count,
        cast(sum(stay_seconds) as bigint) as total_seconds
    from stays
    group by source, case_type, state
),

lives as (
    select
        source,
        case_type,
        count(distinct contact_id) as all_case_count,
        cast(sum(stay_seconds) as bigint) as life_seconds
    from stays
    group by source, case_type
)

select
    c.source,
    c.case_type,
    c.state,
    case
    when /*engine*/ regexp_matches(c.state, '(^|[^a-z])(new|queued?|unassigned|on[-_ ]?hold|hold|pending|wait(ing)?|awaiting)([^a-z]|$)') /*end*/ then 'waiting'
    when /*engine*/ regexp_matches(c.state, '(^|[^a-z])(solved|resolved|closed|cancell?ed)([^a-z]|$)') /*end*/ then 'done'
    else 'working'
end as state_class,
    c.case_count,
    l.all_case_count,
    c.open_count,
    c.entry_count,
    c.rework_count,
    t.touch_count,
    c.total_seconds,
    case when case
    when /*engine*/ regexp_matches(c.state, '(^|[^a-z])(new|queued?|unassigned|on[-_ ]?hold|hold|pending|wait(ing)?|awaiting)([^a-z]|$)') /*end*/ then 'waiting'
    when /*engine*/ regexp_matches(c.state, '(^|[^a-z])(solved|resolved|closed|cancell?ed)([^a-z]|$)') /*end*/ then 'done'
    else 'working'
end = 'waiting' then c.total_seconds else 0 end as waiting_seconds,
    case when case
    when /*engine*/ regexp_matches(c.state, '(^|[^a-z])(new|queued?|unassigned|on[-_ ]?hold|hold|pending|wait(ing)?|awaiting)([^a-z]|$)') /*end*/ then 'waiting'
    when /*engine*/ regexp_matches(c.state, '(^|[^a-z])(solved|resolved|closed|cancell?ed)([^a-z]|$)') /*end*/ then 'done'
    else 'working'
end = 'working' then c.total_seconds else 0 end as working_seconds,
    l.life_seconds
from counted as c
inner join lives as l on l.source = c.source and l.case_type = c.case_type
inner join touched as t on t.source = c.source and t.case_type = c.case_type and t.state = c.state;
