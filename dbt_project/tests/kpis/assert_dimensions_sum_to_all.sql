-- Each fact has one value of each dimension it knows (unknown where none is told), so the values of a
-- dimension sum to the total of the day. A row here is a dimension in which facts are lost or counted twice.
with parts as (

    select
        kpi_id,
        date,
        dimension,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(n) as n,
        sum(excluded) as excluded
    from {{ ref('fct_kpi_daily') }}
    where dimension <> 'all'
    group by kpi_id, date, dimension

)

select p.*
from parts as p
left join {{ ref('fct_kpi_daily') }} as a
    on a.kpi_id = p.kpi_id and a.date = p.date and a.dimension = 'all'
where not (
    p.numerator = a.numerator
    and coalesce(p.denominator, 0) = coalesce(a.denominator, 0)
    and p.n = a.n
    and p.excluded = a.excluded
)
    or a.kpi_id is null
