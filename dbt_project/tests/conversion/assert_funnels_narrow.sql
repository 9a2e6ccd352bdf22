-- Why: a funnel only narrows, what entered is what step 1 counts, and each attempt left out has a reason. A row here is
-- a step whose conversion cannot be trusted.
{{ config(meta={'dagster': {'ref': {'name': 'agg_funnels'}}}) }}

with reasons as (
    select funnel_id, period, sum(excluded_count) as excluded_count
    from {{ ref('agg_funnel_exclusions') }}
    group by funnel_id, period
),

-- the months of a funnel sum to all
months as (
    select
        funnel_id,
        step_number,
        sum(case when period <> 'all' then reached_count else 0 end) as month_count,
        sum(case when period = 'all' then reached_count else 0 end) as all_count
    from {{ ref('agg_funnels') }}
    group by funnel_id, step_number
),

steps as (
    select
        *,
        coalesce(lag(reached_count) over (partition by funnel_id, period order by step_number), entered_count) as before_count
    from {{ ref('agg_funnels') }}
)

select
    s.funnel_id,
    s.period,
    s.step_number
from steps as s
left join months as m on m.funnel_id = s.funnel_id and m.step_number = s.step_number
left join reasons as r on r.funnel_id = s.funnel_id and r.period = s.period
where true is distinct from (
    s.reached_count <= s.before_count
    and (s.step_number > 1 or s.reached_count = s.entered_count)
    and s.dropped_count = s.before_count - s.reached_count
    and s.pending_count between 0 and s.entered_count - s.reached_count
    and s.excluded_count = coalesce(r.excluded_count, 0)
    and m.month_count = m.all_count
    and s.total_seconds between 0 and s.reached_count * s.window_seconds
)
union all
select
    r.funnel_id,
    r.period,
    cast(null as bigint) as step_number
from reasons as r
where not exists (select 1 from {{ ref('agg_funnels') }} as f where f.funnel_id = r.funnel_id and f.period = r.period)
