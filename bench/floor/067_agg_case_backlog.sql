create table marts."agg_case_backlog" as
-- Cases open at the end of each day, and how they came to be: what was open before + opened + reopened - ended. One dimension
-- at a time; a case that is opened and ended on one day is in both. The life of a case is that of int_case_stays.
with stays as (

    select
        contact_number,
        stay_number,
        case
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(new|queued?|unassigned|on[-_ ]?hold|hold|pending|wait(ing)?|awaiting)([^a-z]|$)') /*end*/ then 'waiting'
    when /*engine*/ regexp_matches(state, '(^|[^a-z])(solved|resolved|closed|cancell?ed)([^a-z]|$)') /*end*/ then 'done'
    else 'working'
end = 'done'
            or (not is_open and row_number() over (partition by contact_number order by stay_number desc) = 1) as is_done,
        started_us
    from "intermediate"."int_case_stays"

),

turned as (

    select
        *,
        lag(is_done) over (partition by contact_number order by stay_number) as was_done
    from stays

),

movements as (

    select contact_number, started_us, 1 as opened, 0 as reopened, 0 as ended from turned where stay_number = 1
    union all
    select contact_number, started_us, 0, 1, 0 from turned where was_done and not is_done
    union all
    select contact_number, started_us, 0, 0, 1 from turned where is_done and not coalesce(was_done, false)

),

dated as (

    select
        cast(/*engine*/ make_timestamp(m.started_us) /*end*/ as date) as date,
        coalesce(f.source, 'unknown') as source,
        coalesce(f.channel, 'unknown') as channel,
        coalesce(f.team, 'unknown') as team,
        coalesce(f.priority, 'unknown') as priority,
        m.opened,
        m.reopened,
        m.ended
    from movements as m
    inner join "intermediate"."int_contact_clocks" as k on k.contact_number = m.contact_number and k.place = 1
    inner join "marts"."fct_contacts" as f on f.contact_id = k.source || '/' || k.contact_id
    where f.excluded_reason is null

),

moved as (

    select
        date,
        'all' as dimension,
        'all' as dimension_value,
        cast(sum(opened) as bigint) as opened,
        cast(sum(reopened) as bigint) as reopened,
        cast(sum(ended) as bigint) as ended
    from dated
    group by date
    union all
    select
        date,
        'source' as dimension,
        source as dimension_value,
        cast(sum(opened) as bigint) as opened,
        cast(sum(reopened) as bigint) as reopened,
        cast(sum(ended) as bigint) as ended
    from dated
    group by date, source
    union all
    select
        date,
        'channel' as dimension,
        channel as dimension_value,
        cast(sum(opened) as bigint) as opened,
        cast(sum(reopened) as bigint) as reopened,
        cast(sum(ended) as bigint) as ended
    from dated
    group by date, channel
    union all
    select
        date,
        'team' as dimension,
        team as dimension_value,
        cast(sum(opened) as bigint) as opened,
        cast(sum(reopened) as bigint) as reopened,
        cast(sum(ended) as bigint) as ended
    from dated
    group by date, team
    union all
    select
        date,
        'priority' as dimension,
        priority as dimension_value,
        cast(sum(opened) as bigint) as opened,
        cast(sum(reopened) as bigint) as reopened,
        cast(sum(ended) as bigint) as ended
    from dated
    group by date, priority
    
),

firsts as (

    select dimension, dimension_value, min(date) as first_date from moved group by dimension, dimension_value

),

daily as (

    select
        f.dimension,
        f.dimension_value,
        d.day as date,
        coalesce(m.opened, 0) as opened,
        coalesce(m.reopened, 0) as reopened,
        coalesce(m.ended, 0) as ended
    from firsts as f
    inner join /*engine*/ (
    select cast(at_midnight as date) as day
    from range(cast((select min(first_date) from firsts) as timestamp), cast(date '{as_of}' as timestamp) + interval 1 day, interval 1 day) as days(at_midnight)
) /*end*/ as d
        on d.day >= f.first_date and d.day < date '{as_of}'
    left join moved as m on m.dimension = f.dimension and m.dimension_value = f.dimension_value and m.date = d.day

),

balanced as (

    select
        *,
        cast(sum(opened + reopened - ended) over (
            partition by dimension, dimension_value order by date rows between unbounded preceding and current row
        ) as bigint) as closing
    from daily

)

select
    date,
    dimension,
    dimension_value,
    closing - opened - reopened + ended as opening,
    opened,
    reopened,
    ended,
    closing
from balanced;
