{{ config(meta={'dagster': {'ref': {'name': 'fct_kpi_daily'}}}) }}
-- A value is scale x numerator / denominator (the numerator of a total), lies within what the catalogue says
-- can be, and within or beside its interval in the right order. A row here is a figure that no reader
-- could make again from its own row.
select k.*
from {{ ref('fct_kpi_daily') }} as k
left join {{ ref('dim_kpis') }} as d on d.kpi_id = k.kpi_id
where d.kpi_id is null
    or k.n < 0
    or k.n_persons > k.n
    or k.low > k.high
    or k.value < d.lowest
    or k.value > d.highest
    or (k.denominator is null and abs(k.value - k.numerator) > 0.000001)
    or (k.denominator > 0 and abs(k.value * k.denominator - d.scale * k.numerator) > 0.0001)
    or (k.denominator = 0 and k.value is not null)
