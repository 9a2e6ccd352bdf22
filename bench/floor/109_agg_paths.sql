create table marts."agg_paths" as
-- The paths that journeys take: the most frequent, the rare ones that break, and all others as one.
with counted as (
    select
        path,
        count(*) as journey_count,
        count(distinct person_id) as person_count,
        count(case when is_censored then 1 end) as censored_count,
        count(case when not is_censored then 1 end) as ended_count,
        count(case when outcome in ('order', 'renewal') then 1 end) as converted_count,
        count(case when is_broken then 1 end) as broken_count,
        cast(sum(duration_seconds) as bigint) as total_seconds
    from "marts"."fct_journeys"
    group by path
),

judged as (
    select
        c.*,
        row_number() over (order by journey_count desc, path) as path_rank,
        100 * journey_count < sum(journey_count) over () as is_rare,
        2 * broken_count >= ended_count and broken_count > 0 as is_broken
    from counted as c
),

ranked as (
    select
        j.*,
        row_number() over (
            partition by is_rare and is_broken order by broken_count desc, journey_count desc, path
        ) as broken_rank
    from judged as j
),

shown as (
    select
        case when path_rank <= 100 or (is_rare and is_broken and broken_rank <= 100) then path else 'other' end as path,
        is_rare,
        is_broken,
        journey_count,
        person_count,
        censored_count,
        ended_count,
        converted_count,
        broken_count,
        total_seconds
    from ranked
)

select
    path,
    case when path = 'other' then false else bool_or(is_rare) end as is_rare,
    case when path = 'other' then false else bool_or(is_broken) end as is_broken,
    count(*) as path_count,
    cast(sum(journey_count) as bigint) as journey_count,
    case when path <> 'other' then cast(sum(person_count) as bigint) end as person_count,
    cast(sum(censored_count) as bigint) as censored_count,
    cast(sum(ended_count) as bigint) as ended_count,
    cast(sum(converted_count) as bigint) as converted_count,
    cast(sum(broken_count) as bigint) as broken_count,
    cast(sum(total_seconds) as bigint) as total_seconds,
    case when sum(ended_count) > 0 then least(greatest(
    cast((cast(sum(converted_count) as double) / nullif(sum(ended_count), 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * sum(ended_count), 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(sum(converted_count) as double) / nullif(sum(ended_count), 0)) * (1 - (cast(sum(converted_count) as double) / nullif(sum(ended_count), 0))) as double) / nullif(sum(ended_count), 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(sum(ended_count) as double) * sum(ended_count), 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(sum(ended_count), 0), 0),
    0.0), 1.0) end as converted_low,
    case when sum(ended_count) > 0 then least(greatest(
    cast((cast(sum(converted_count) as double) / nullif(sum(ended_count), 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * sum(ended_count), 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(sum(converted_count) as double) / nullif(sum(ended_count), 0)) * (1 - (cast(sum(converted_count) as double) / nullif(sum(ended_count), 0))) as double) / nullif(sum(ended_count), 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(sum(ended_count) as double) * sum(ended_count), 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(sum(ended_count), 0), 0),
    0.0), 1.0) end as converted_high
from shown
group by path;
