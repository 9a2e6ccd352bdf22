-- Each case is in one month and one value of each dimension, once by what became of it; the median of all is within its bounds.
-- A row here is a measure and dimension of which this does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'agg_case_times'}}}) }}
with told as (

    select
        measure,
        dimension,
        sum(cases) as cases,
        sum(done) as done,
        max(case when cases <> done + pending + never + implausible then 1 else 0 end) as is_lost,
        max(case when low_seconds > median_seconds or high_seconds < median_seconds then 1 else 0 end) as is_out
    from {{ ref('agg_case_times') }}
    group by measure, dimension

),

cases as (

    select
        measure,
        count(*) as cases,
        count(case when state = 'done' and calendar_seconds is not null then 1 end) as done
    from {{ ref('fct_case_times') }}
    group by measure

)

select coalesce(c.measure, t.measure) as measure, t.dimension
from cases as c
full join told as t on t.measure = c.measure
where true is distinct from (t.cases = c.cases and t.done = c.done and t.is_lost = 0 and t.is_out = 0)
