-- How long cases of a month take, with those that are not done yet: the mean and the median of the done alone make a desk
-- look quicker the more it leaves lying. Kaplan and Meier (1958), the median's bounds by log(-log) with Greenwood's variance
-- (Brookmeyer and Crowley 1982): the share still waiting after a time is what the bounds of it are at half.
{%- set dimensions = ['source', 'channel', 'team', 'priority'] %}
{%- set groups = 'measure, month, dimension, dimension_value' %}
{%- set so_far = 'partition by ' ~ groups ~ ' order by seconds rows between unbounded preceding and current row' %}
with cases as (
{% for dimension in ['all'] + dimensions %}
    select
        measure,
        cast(date_trunc('month', local_date) as date) as month,
        '{{ dimension }}' as dimension,
        {{ "'all'" if dimension == 'all' else "coalesce(" ~ dimension ~ ", 'unknown')" }} as dimension_value,
        case when calendar_seconds is null and state <> 'none' then 'implausible' else state end as state,
        calendar_seconds as seconds
    from {{ ref('fct_case_times') }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
),

counted as (

    select
        {{ groups }},
        count(*) as cases,
        count(case when state = 'done' then 1 end) as done,
        count(case when state = 'pending' then 1 end) as pending,
        count(case when state = 'none' then 1 end) as never,
        count(case when state = 'implausible' then 1 end) as implausible,
        cast(sum(case when state = 'done' then seconds end) as double)
            / nullif(count(case when state = 'done' then 1 end), 0) as mean_done_seconds
    from cases
    group by {{ groups }}

),

moments as (

    select
        {{ groups }},
        seconds,
        count(case when state = 'done' then 1 end) as done,
        count(*) as gone
    from cases
    where state in ('done', 'pending')
    group by {{ groups }}, seconds

),

at_risk as (

    select
        *,
        sum(gone) over (partition by {{ groups }}) - sum(gone) over ({{ so_far }}) + gone as n
    from moments

),

waiting as (

    select
        *,
        sum(case when done < n then ln(cast(n - done as double) / nullif(n, 0)) end) over ({{ so_far }}) as log_share,
        max(case when done = n then 1 else 0 end) over ({{ so_far }}) as is_nobody,
        sum(case when done < n then cast(done as double) / nullif(cast(n as double) * (n - done), 0) end) over ({{ so_far }})
            as variance
    from at_risk

),

shares as (

    select
        {{ groups }},
        seconds,
        case when is_nobody = 1 then 0.0 else exp(log_share) end as share,
        case when is_nobody = 0 and log_share < 0
            then exp(cast({{ z_975() }} * sqrt(variance) as double) / nullif(abs(log_share), 0)) end as spread,
        log_share
    from waiting

),

-- the first moment at which no more than half wait; rounding must not move it
halves as (

    select
        {{ groups }},
        min(case when share <= 0.5 + 1e-9 then seconds end) as median_seconds,
        min(case when share = 0 or exp(log_share * spread) <= 0.5 + 1e-9 then seconds end) as low_seconds,
        min(case when exp(cast(log_share as double) / nullif(spread, 0)) <= 0.5 + 1e-9 then seconds end) as high_seconds
    from shares
    group by {{ groups }}

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
left join halves as h on h.measure = c.measure and h.month = c.month and h.dimension = c.dimension
    and h.dimension_value = c.dimension_value
