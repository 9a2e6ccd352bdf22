-- Each KPI by day and one dimension at a time. Ratios re-aggregate from numerator and denominator, never
-- from values; `n` and `sum_of_squares` let an interval be made anew for any span of days.
{%- set catalogue = kpi_catalogue() %}
with facts as (

    select * from {{ ref('int_kpi_facts') }}

),

measured as (
{% for dimension in ['all'] + kpi_dimensions() %}
    select
        kpi_id,
        fact_date,
        '{{ dimension }}' as dimension,
        {{ "'all'" if dimension == 'all' else dimension }} as dimension_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(numerator) as n,
        count(case when reason is null and is_only_of_person then person_id end)
            + count(distinct case when reason is null and not is_only_of_person then person_id end) as n_persons,
        count(reason) as excluded,
        sum(cast(numerator as decimal(19, 4)) * cast(numerator as decimal(19, 4))) as sum_of_squares
    from facts
    {%- if dimension != 'all' %}
    where {{ dimension }} is not null
    {%- endif %}
    group by kpi_id, fact_date{{ ', ' ~ dimension if dimension != 'all' }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
),

summed as (

    select
        kpi_id,
        fact_date,
        dimension,
        dimension_value,
        cast(coalesce(numerator, 0) as decimal(18, 4)) as numerator,
        cast(case when kpi_id not in ({{ kpi_ids(catalogue | selectattr('denominator', 'none')) }})
            then coalesce(denominator, 0) end as decimal(18, 4)) as denominator,
        n,
        n_persons,
        excluded,
        cast(coalesce(sum_of_squares, 0) as decimal(38, 8)) as sum_of_squares
    from measured

),

last_days as (

    select
        kpi_id,
        max(last_date) over (partition by fact_table) as data_through
    from (
        select
            kpi_id,
            {{ kpi_case('fact') }} as fact_table,
            max(fact_date) as last_date
        from facts
        group by kpi_id
    ) as kpi_days

),

bounded as (

    select
        *,
        {{ kpi_bounds() }}
    from summed

)

select
    b.kpi_id,
    b.fact_date as date,
    b.dimension,
    b.dimension_value,
    b.numerator,
    b.denominator,
    {{ kpi_value('b') }} as value,
    b.n,
    b.n_persons,
    case when b.low < b.lowest then b.lowest else b.low end as low,
    case when b.high > b.highest then b.highest else b.high end as high,
    b.excluded,
    b.definition_version,
    d.data_through,
    b.sum_of_squares
from bounded as b
inner join last_days as d on d.kpi_id = b.kpi_id
