create table marts."agg_case_times" as
-- How long cases of a month take, with those that are not done yet: the mean and the median of the done alone make a desk
-- look quicker the more it leaves lying.
with cases as (

    select
        measure,
        cast(date_trunc('month', local_date) as date) as month,
        'all' as dimension,
        'all' as dimension_value,
        case when calendar_seconds is null and state <> 'none' then 'implausible' else state end as state,
        calendar_seconds as seconds
    from "marts"."fct_case_times"
    union all
    select
        measure,
        cast(date_trunc('month', local_date) as date) as month,
        'source' as dimension,
        coalesce(source, 'unknown') as dimension_value,
        case when calendar_seconds is null and state <> 'none' then 'implausible' else state end as state,
        calendar_seconds as seconds
    from "marts"."fct_case_times"
    union all
    select
        measure,
        cast(date_trunc('month', local_date) as date) as month,
        'channel' as dimension,
        coalesce(channel, 'unknown') as dimension_value,
        case when calendar_seconds is null and state <> 'none' then 'implausible' else state end as state,
        calendar_seconds as seconds
    from "marts"."fct_case_times"
    union all
    select
        measure,
        cast(date_trunc('month', local_date) as date) as month,
        'team' as dimension,
        coalesce(team, 'unknown') as dimension_value,
        case when calendar_seconds is null and state <> 'none' then 'implausible' else state end as state,
        calendar_seconds as seconds
    from "marts"."fct_case_times"
    union all
    select
        measure,
        cast(date_trunc('month', local_date) as date) as month,
        'priority' as dimension,
        coalesce(priority, 'unknown') as dimension_value,
        case when calendar_seconds is null and state <> 'none' then 'implausible' else state end as state,
        calendar_seconds as seconds
    from "marts"."fct_case_times"
    
),

counted as (

    select
        measure, month, dimension, dimension_value,
        count(*) as cases,
        count(case when state = 'done' then 1 end) as done,
        count(case when state = 'pending' then 1 end) as pending,
        count(case when state = 'none' then 1 end) as never,
        count(case when state = 'implausible' then 1 end) as implausible,
        cast(sum(case when state = 'done' then seconds end) as double)
            / nullif(count(case when state = 'done' then 1 end), 0) as mean_done_seconds
    from cases
    group by measure, month, dimension, dimension_value

),

decided as (

    select measure, month, dimension, dimension_value, seconds, case when state = 'done' then 1 else 0 end as is_done
    from cases
    where state in ('done', 'pending')

)

select
    c.measure,
    c.month,
    c.dimension,
    c.dimension_value,
    c.cases,
    c.done,
    c.pending,
    c.never,
    c.implausible,
    c.mean_done_seconds,
    h.median_seconds,
    h.low_seconds,
    h.high_seconds
from counted as c
left join (
    with moments as (

        select
            measure, month, dimension, dimension_value,
            seconds,
            count(case when is_done = 1 then 1 end) as done,
            count(*) as gone
        from decided
        group by measure, month, dimension, dimension_value, seconds

    ),

    at_risk as (

        select
            *,
            sum(gone) over (partition by measure, month, dimension, dimension_value) - sum(gone) over (partition by measure, month, dimension, dimension_value order by seconds rows between unbounded preceding and current row) + gone as n
        from moments

    ),

    waiting as (

        select
            *,
            sum(case when done < n then ln(cast(n - done as double) / nullif(n, 0)) end) over (partition by measure, month, dimension, dimension_value order by seconds rows between unbounded preceding and current row) as log_share,
            max(case when done = n then 1 else 0 end) over (partition by measure, month, dimension, dimension_value order by seconds rows between unbounded preceding and current row) as is_nobody,
            sum(case when done < n then cast(done as double) / nullif(cast(n as double) * (n - done), 0) end)
                over (partition by measure, month, dimension, dimension_value order by seconds rows between unbounded preceding and current row) as variance
        from at_risk

    ),

    shares as (

        select
            measure, month, dimension, dimension_value,
            seconds,
            case when is_nobody = 1 then 0.0 else exp(log_share) end as share,
            case when is_nobody = 0 and log_share < 0
                then exp(cast(1.959963984540054 * sqrt(variance) as double) / nullif(abs(log_share), 0)) end as spread,
            log_share
        from waiting

    )

    -- the first moment at which no more than half wait; rounding must not move it
    select
        measure, month, dimension, dimension_value,
        min(case when share <= 0.5 + 1e-9 then seconds end) as median_seconds,
        min(case when share = 0 or exp(log_share * spread) <= 0.5 + 1e-9 then seconds end) as low_seconds,
        min(case when exp(cast(log_share as double) / nullif(spread, 0)) <= 0.5 + 1e-9 then seconds end) as high_seconds
    from shares
    group by measure, month, dimension, dimension_value
) as h on h.measure = c.measure and h.month = c.month and h.dimension = c.dimension
    and h.dimension_value = c.dimension_value;
