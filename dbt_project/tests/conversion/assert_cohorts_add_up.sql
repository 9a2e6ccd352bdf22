-- Why: who began is retained, lost or pending, in every window; a cohort never changes its size; every person is in one
-- cohort of each basis. A row here is a cohort whose retention cannot be trusted.
{{ config(meta={'dagster': {'ref': {'name': 'agg_retention'}}}) }}

with cells as (
    select
        r.*,
        min(start_count) over (partition by basis, cohort) as lowest_start,
        max(start_count) over (partition by basis, cohort) as highest_start
    from {{ ref('agg_retention') }} as r
),

persons as (
    select 'first_order' as basis, count(distinct person_id) as person_count
    from {{ ref('fct_orders') }}
    where person_id is not null and local_date is not null and not is_void
    union all
    select 'first_touch' as basis, count(distinct person_id) as person_count
    from {{ ref('fct_touchpoints') }}
    where kind not in ('message', 'subscription', 'task')
),

variants as (
    select 'month' as variant
    union all
    select 'n_day' as variant
    union all
    select 'unbounded' as variant
),

begun as (
    select basis, variant, sum(start_count) as person_count
    from {{ ref('agg_retention') }}
    where period_number = 0
    group by basis, variant
)

select c.basis, c.variant, c.cohort, c.period_number
from cells as c
left join cells as u
    on c.variant = 'n_day' and u.variant = 'unbounded'
    and u.basis = c.basis and u.cohort = c.cohort and u.period_number = c.period_number
where true is distinct from (
    c.start_count = c.retained_count + c.lost_count + c.pending_count
    and c.lost_count >= 0
    and c.lowest_start = c.highest_start
    and (c.period_number > 0 or c.lost_count = 0)
    and (c.variant <> 'n_day' or (c.retained_count <= u.retained_count and c.pending_count = u.pending_count))
)
union all
select p.basis, v.variant, cast(null as date) as cohort, cast(null as bigint) as period_number
from persons as p
cross join variants as v
left join begun as b on b.basis = p.basis and b.variant = v.variant
where coalesce(b.person_count, 0) <> p.person_count
