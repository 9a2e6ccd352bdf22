{{ config(meta={'dagster': {'ref': {'name': 'fct_kpi_excluded'}}}) }}
-- What a figure leaves out is told with its reason: the reasons of a row sum to its `excluded`. A row here is
-- a figure that drops facts in silence, or a reason without a figure.
with reasons as (

    select
        kpi_id,
        date,
        dimension,
        dimension_value,
        sum(n) as n
    from {{ ref('fct_kpi_excluded') }}
    group by kpi_id, date, dimension, dimension_value

)

select
    coalesce(k.kpi_id, r.kpi_id) as kpi_id,
    coalesce(k.date, r.date) as date,
    k.excluded,
    r.n
from {{ ref('fct_kpi_daily') }} as k
full join reasons as r
    on r.kpi_id = k.kpi_id
    and r.date = k.date
    and r.dimension = k.dimension
    and r.dimension_value = k.dimension_value
where coalesce(k.excluded, 0) <> coalesce(r.n, 0)
