-- Each fact has one value of each dimension it knows (unknown where none is told), so the values of a
-- dimension sum to the total of the day. A row here is a dimension in which facts are lost or counted twice, or
-- which is not told on a day that has facts.
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

),

totals as (

    select * from {{ ref('fct_kpi_daily') }} where dimension = 'all'

),

told as (

    select distinct kpi_id, dimension from parts

)

select a.kpi_id, a.date, d.dimension
from totals as a
inner join told as d on d.kpi_id = a.kpi_id
left join parts as p on p.kpi_id = a.kpi_id and p.date = a.date and p.dimension = d.dimension
where p.kpi_id is null and (a.n > 0 or a.excluded > 0)
union all
select p.kpi_id, p.date, p.dimension
from parts as p
left join totals as a on a.kpi_id = p.kpi_id and a.date = p.date
where true is distinct from (
    p.numerator = a.numerator
    and coalesce(p.denominator, 0) = coalesce(a.denominator, 0)
    and p.n = a.n
    and p.excluded = a.excluded
)
    or a.kpi_id is null
