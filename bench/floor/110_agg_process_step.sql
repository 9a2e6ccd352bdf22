create table marts."agg_process_step" as
-- Each state that cases of a type go through: how many, how often, how long, by the calendar and in the opening hours that
-- the case follows.
with parts as (
    select
        1000000000 * contact_number + stay_number as span_id,
        contact_number,
        cast(null as varchar) as clock_id,
        started_us,
        ended_us
    from "intermediate"."int_case_stays"
),

stays as (
    select
        k.source,
        s.contact_number,
        k.case_type,
        s.state,
        s.is_entry,
        s.is_rework,
        s.is_open,
        cast(floor(cast(s.ended_us as double) / 1000000) as bigint) - cast(floor(cast(s.started_us as double) / 1000000) as bigint) as stay_seconds,
        cast(floor(cast(b.elapsed_us as double) / 1000000) as bigint) as business_seconds
    from "intermediate"."int_case_stays" as s
    inner join "intermediate"."int_contact_clocks" as k on k.contact_number = s.contact_number and k.place = 1
    inner join (
    with placed as (

        select
            p.span_id,
            k.clock_id,
            greatest(p.started_us, coalesce(k.from_us, p.started_us)) as started_us,
            case when k.to_us < p.ended_us then k.to_us else p.ended_us end as ended_us,
            case when p.ended_us < p.started_us then 1 else 0 end as is_reversed
        from parts as p
        inner join "intermediate"."int_contact_clocks" as k on k.contact_number = p.contact_number
        where p.clock_id is null
            and (k.from_us is null or k.from_us <= p.started_us
                or k.from_us < p.ended_us)
            and (k.to_us is null or k.to_us > p.started_us)
        union all
        select
            p.span_id,
            p.clock_id,
            p.started_us,
            p.ended_us,
            case when p.ended_us < p.started_us then 1 else 0 end as is_reversed
        from parts as p
        where p.clock_id is not null

    ),

    clocks as (

        select
            clock_id,
            max(open_us_before + is_open * (ends_us - starts_us)) as open_us
        from "intermediate"."int_business_clock"
        group by clock_id

    ),

    looked_up as (

        select
            p.*,
            c.clock_id is not null as is_known,
            b.clock_id is not null and (e.clock_id is not null or p.ended_us < p.started_us) as is_whole,
            (b.open_us_before + b.is_open * (p.started_us - b.starts_us)) as ran_before,
            (e.open_us_before + e.is_open * (p.ended_us - e.starts_us)) - (b.open_us_before + b.is_open * (p.started_us - b.starts_us)) as ran_us,
            (e.unknown_us_before + (1 - e.is_known) * (p.ended_us - e.starts_us)) - (b.unknown_us_before + (1 - b.is_known) * (p.started_us - b.starts_us)) as unknown_us,
            greatest(e.opened_count - b.closed_count, 0) as interval_count,
            greatest(e.off_begun_count - b.off_ended_count, 0) as dropped_count
        from (
            select
                *,
                cast(floor(cast(started_us as double) / 86400000000) as bigint) as first_day,
                cast(floor(cast(greatest(ended_us - 1, started_us) as double) / 86400000000) as bigint) as last_day
            from placed
        ) as p
        left join clocks as c on c.clock_id = p.clock_id
        left join "intermediate"."int_business_clock" as b
            on b.clock_id = p.clock_id
            and b.day_number = p.first_day
            and b.starts_us <= p.started_us
            and b.ends_us > p.started_us
        left join "intermediate"."int_business_clock" as e
            on e.clock_id = p.clock_id
            and e.day_number = p.last_day
            and e.starts_us <= greatest(p.ended_us - 1, p.started_us)
            and e.ends_us > greatest(p.ended_us - 1, p.started_us)
            and p.ended_us >= p.started_us

    ),

    summed as (

        select
            span_id,
            cast(sum(case when ended_us >= started_us then ran_us end) as bigint) as ran_us,
            cast(sum(case when ended_us >= started_us then unknown_us end) as bigint) as unknown_us,
            max(is_reversed) as is_reversed,
            count(case when ended_us >= started_us or is_reversed = 1 then clock_id end) as part_count,
            count(distinct case when ended_us >= started_us or is_reversed = 1 then clock_id end) as schedule_count,
            cast(coalesce(sum(interval_count), 0) as bigint) as interval_count,
            cast(coalesce(sum(dropped_count), 0) as bigint) as dropped_count,
            min(case when is_known or not (ended_us >= started_us or is_reversed = 1) then 1 else 0 end) as is_known,
            min(case when is_whole or not (ended_us >= started_us or is_reversed = 1) then 1 else 0 end) as is_whole
        from looked_up
        group by span_id

    ),

    judged as (

        select
            *,
            case
                when is_reversed = 1 then 'end_before_start'
                when part_count = 0 then 'no_schedule'
                when is_known = 0 then 'unknown_schedule'
                when is_whole = 0 then 'beyond_calendar'
                when unknown_us > 0 then 'schedule_hole'
            end as excluded_reason
        from summed

    )

    select
        span_id,
        case when excluded_reason is null then ran_us end as elapsed_us,
        schedule_count,
        interval_count,
        dropped_count,
        excluded_reason
    from judged
) as b on b.span_id = 1000000000 * s.contact_number + s.stay_number
),

-- whatever happens to a case happens in the state that it is in or enters; before its first one, in that
touched as (
    select
        k.source,
        k.case_type,
        coalesce(p.last_state, f.state) as state,
        count(*) as touch_count
    from (
        select
            contact_number,
            /*engine*/ last_value(state ignore nulls) over (partition by contact_number order by place rows between unbounded preceding and current row) /*end*/ as last_state
        from "intermediate"."int_case_events"
    ) as p
    inner join "intermediate"."int_case_stays" as f on f.contact_number = p.contact_number and f.stay_number = 1
    inner join "intermediate"."int_contact_clocks" as k on k.contact_number = p.contact_number and k.place = 1
    group by k.source, k.case_type, coalesce(p.last_state, f.state)
),

counted as (
    select
        source,
        case_type,
        state,
        count(distinct contact_number) as case_count,
        count(case when is_open then 1 end) as open_count,
        count(case when is_entry then 1 end) as entry_count,
        count(case when is_rework then 1 end) as rework_count,
        cast(sum(stay_seconds) as bigint) as total_seconds,
        cast(sum(business_seconds) as bigint) as business_seconds,
        count(*) - count(business_seconds) as no_business_count
    from stays
    group by source, case_type, state
),

lives as (
    select
        source,
        case_type,
        count(distinct contact_number) as all_case_count,
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
    c.business_seconds,
    c.no_business_count,
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
