-- Pages and days of all visitors are told: of each dimension the pages add up to all, and no value has more days than all of them,
-- nor less in sum; calls are those of fct_contacts. A row here is a measure and month of which one of these does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'agg_technical_quality'}}}) }}
with sums as (

    select
        measure,
        month,
        dimension,
        sum(denominator) as denominator,
        sum(numerator) as numerator,
        max(denominator) as largest
    from {{ ref('agg_technical_quality') }}
    group by measure, month, dimension

),

calls as (

    select
        cast(date_trunc('month', local_date) as date) as month,
        count(*) as calls
    from {{ ref('fct_contacts') }}
    where channel = 'call' and excluded_reason is null and local_date is not null and (reached_agent or outcome = 'dropped')
    group by cast(date_trunc('month', local_date) as date)

)

select
    a.measure,
    a.month
from sums as a
cross join (
    select 'device' as dimension union all select 'browser' as dimension union all select 'app_version' as dimension
) as d
left join sums as s on s.measure = a.measure and s.month = a.month and s.dimension = d.dimension
where a.dimension = 'all' and a.measure <> 'dropped_call'
    and (s.measure is null
        or (a.measure = 'slow_load' and (s.denominator <> a.denominator or s.numerator <> a.numerator))
        or s.largest > a.denominator or s.denominator < a.denominator or s.numerator < a.numerator)
union all
select
    'dropped_call' as measure,
    coalesce(c.month, s.month) as month
from calls as c
full join (select * from sums where measure = 'dropped_call') as s on s.month = c.month
where c.calls is distinct from s.denominator
union all
select
    measure,
    month
from {{ ref('agg_technical_quality') }}
where numerator < 0 or numerator > denominator
    or abs(value * denominator - numerator) > 0.001
    or low > value + 0.000001 or high < value - 0.000001
