-- How long cases of a month take, with those that are not done yet: the mean and the median of the done alone make a desk
-- look quicker the more it leaves lying.
{%- set dimensions = ['source', 'channel', 'team', 'priority'] %}
{%- set groups = 'measure, month, dimension, dimension_value' %}
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

decided as (

    select {{ groups }}, seconds, case when state = 'done' then 1 else 0 end as is_done
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
left join {{ waiting_medians('decided', groups) }} as h on h.measure = c.measure and h.month = c.month and h.dimension = c.dimension
    and h.dimension_value = c.dimension_value
