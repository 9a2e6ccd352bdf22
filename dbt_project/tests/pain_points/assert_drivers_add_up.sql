-- Why: the answers and months behind a driver are all that count, those that it hurt are among them, all is the mean of
-- them and the others, and ranks follow the coefficients. A row here is a driver that cannot be trusted.
{{ config(meta={'dagster': {'ref': {'name': 'agg_drivers'}}}) }}

with facts as (

    select kind as kpi, case when kind = 'nps' then case nps_bucket when 'promoter' then 100 when 'detractor' then -100 else 0 end
        when score >= 4 then 1 else 0 end as y
    from {{ ref('fct_responses') }}
    where is_counted and person_id is not null and (kind = 'nps' or (kind = 'csat' and scale_min = 1 and scale_max = 5))
    union all
    select 'churn' as kpi, case when is_lost then 1 else 0 end as y
    from {{ ref('fct_subscription_months') }}
    where person_id is not null and excluded_reason is null

),

wholes as (

    select kpi, count(*) as n, sum(y) as y from facts group by kpi

),

grid as (
    {%- for d in drivers() %}
    {%- set outer = loop %}
    {%- for kpi in ['nps', 'csat', 'churn'] %}
    select '{{ kpi }}' as kpi, '{{ d.driver }}' as driver{{ ' union all' if not (loop.last and outer.last) }}
    {%- endfor %}
    {%- endfor %}
),

ranked as (

    select
        *,
        fact_count - hurt_count as other_count,
        case when coefficient is not null then count(coefficient) over (
            partition by kpi order by abs(coefficient) desc, driver rows between unbounded preceding and current row
        ) end as place
    from {{ ref('agg_drivers') }}

)

select
    coalesce(g.kpi, a.kpi) as kpi,
    coalesce(g.driver, a.driver) as driver
from grid as g
full join ranked as a on a.kpi = g.kpi and a.driver = g.driver
left join wholes as w on w.kpi = g.kpi
where true is distinct from (
    a.fact_count = coalesce(w.n, 0)
    and a.hurt_person_count between 0 and a.hurt_count
    and coalesce(abs(a.value * w.n - w.y) < 0.0001 * (1 + w.n), w.n is null)
    and (a.impact is null) = (a.hurt_count = 0 or a.other_count = 0)
    -- all is the mean of the hurt and the others
    and coalesce(abs(a.value * a.fact_count - a.hurt_value * a.hurt_count - (a.value - a.impact) * a.other_count), 0)
        < 0.0001 * (1 + a.fact_count)
    and coalesce(a.impact between a.low and a.high, true)
    and coalesce(a.coefficient between a.coefficient_low and a.coefficient_high, true)
    and a.coefficient_rank is not distinct from a.place
)
