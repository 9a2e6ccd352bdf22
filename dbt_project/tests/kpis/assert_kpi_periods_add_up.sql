-- Weeks and months hold each day once; what is compared is judged, and an adjusted p-value is never the smaller one. A row here
-- is a KPI, or a period of it, of which one of these does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'agg_kpi_periods'}}}) }}
{%- set sums = ['numerator', 'denominator', 'n', 'excluded', 'sum_of_squares'] %}
with days as (

    select
        kpi_id,
        dimension,
        {%- for name in sums %}
        sum({{ name }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_kpi_daily') }}
    group by kpi_id, dimension

),

periods as (

    select
        kpi_id,
        dimension,
        period,
        {%- for name in sums %}
        sum({{ name }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('agg_kpi_periods') }}
    group by kpi_id, dimension, period

)

select
    coalesce(d.kpi_id, p.kpi_id) as kpi_id,
    coalesce(k.period, p.period) as period
from days as d
cross join (select 'week' as period union all select 'month' as period) as k
full join periods as p on p.kpi_id = d.kpi_id and p.dimension = d.dimension and p.period = k.period
where (k.period is null
        {%- for name in sums %}
        or p.{{ name }} is distinct from d.{{ name }}
        {%- endfor %})
    and not (k.period = 'week' and p.kpi_id is null
        and d.kpi_id in ({{ kpi_ids(kpi_catalogue() | selectattr('period', 'defined')) }}))
union all
select
    kpi_id,
    period
from {{ ref('agg_kpi_periods') }}
where date_trunc(period, starts_on) <> starts_on
    or p_value < 0 or p_value > 1 or p_adjusted < p_value or p_adjusted > 1
    or (p_value is null) <> (p_adjusted is null)
    or (dimension = 'all' and difference is not null)
