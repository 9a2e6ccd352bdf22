-- Each KPI by ISO week and month, added up from its days; and whether a value of a dimension differs from all others of the
-- period by more than chance: two shares, or two NPS, by their common variance, two means each by its own.
{%- set of_months = kpi_ids(kpi_catalogue() | selectattr('period', 'defined')) %}
{%- set shares = kpi_ids(kpi_catalogue() | selectattr('interval', 'in', ['wilson', 'adjusted_wald'])) %}
{%- set means = kpi_ids(kpi_catalogue() | selectattr('interval', 'equalto', 'student_t')) %}
with placed as (
{% for period in ['week', 'month'] %}
    select
        *,
        '{{ period }}' as period,
        cast(date_trunc('{{ period }}', date) as date) as starts_on
    from {{ ref('fct_kpi_daily') }}
    {%- if period == 'week' %}
    where kpi_id not in ({{ of_months }})
    union all
    {%- endif %}
{%- endfor %}

),

summed as (

    select
        kpi_id,
        period,
        starts_on,
        dimension,
        dimension_value,
        cast(sum(numerator) as decimal(18, 4)) as numerator,
        cast(sum(denominator) as decimal(18, 4)) as denominator,
        cast(sum(n) as bigint) as n,
        max(n_persons) as n_persons_of_a_day,
        cast(sum(excluded) as bigint) as excluded,
        cast(sum(sum_of_squares) as decimal(38, 8)) as sum_of_squares,
        max(data_through) as data_through
    from placed
    group by kpi_id, period, starts_on, dimension, dimension_value

),

bounded as (

    select
        *,
        cast(case period when 'week' then starts_on + interval 7 day else starts_on + interval 1 month end as date) as ends_before,
        {{ kpi_bounds() }}
    from summed

),

-- all others of the period are the total less the value
others as (

    select
        b.*,
        {{ kpi_value('b') }} as value,
        cast(b.numerator as double) / nullif(b.n, 0) as own_mean,
        cast(b.sum_of_squares as double) / nullif(b.n, 0) as own_square,
        case when b.dimension <> 'all' then a.n - b.n end as other_n,
        cast(a.numerator - b.numerator as double) / nullif(a.n - b.n, 0) as other_mean,
        cast(a.sum_of_squares - b.sum_of_squares as double) / nullif(a.n - b.n, 0) as other_square,
        cast(a.sum_of_squares as double) / nullif(a.n, 0) as common_square,
        cast(a.numerator as double) / nullif(a.n, 0) as common_mean
    from bounded as b
    inner join bounded as a
        on a.kpi_id = b.kpi_id
        and a.period = b.period
        and a.starts_on = b.starts_on
        and a.dimension = 'all'

),

erring as (

    select
        *,
        case
            when dimension = 'all' or n = 0 or other_n = 0 then null
            when kpi_id in ({{ shares }}) then sqrt(greatest(common_square - common_mean * common_mean, 0)
                * (cast(1 as double) / nullif(n, 0) + cast(1 as double) / nullif(other_n, 0)))
            when kpi_id in ({{ means }}) and n > 1 and other_n > 1 then sqrt(
                cast(greatest(own_square - own_mean * own_mean, 0) as double) / nullif(n - 1, 0)
                + cast(greatest(other_square - other_mean * other_mean, 0) as double) / nullif(other_n - 1, 0))
        end as error
    from others

),

tested as (

    select
        *,
        {{ two_sided_p('cast(abs(own_mean - other_mean) as double) / nullif(error, 0)') }} as p_value
    from erring

),

-- Holm (1979) over the values of a dimension
ranked as (

    select
        *,
        row_number() over (
            partition by kpi_id, period, starts_on, dimension
            order by case when p_value is null then 1 else 0 end, p_value, dimension_value
        ) as p_rank,
        count(p_value) over (partition by kpi_id, period, starts_on, dimension) as p_count
    from tested

)

select
    kpi_id,
    period,
    starts_on,
    dimension,
    dimension_value,
    numerator,
    denominator,
    value,
    n,
    n_persons_of_a_day,
    case when low < lowest then lowest else low end as low,
    case when high > highest then highest else high end as high,
    excluded,
    ends_before <= {{ as_of() }} as is_whole,
    case when error is not null then scale * (own_mean - other_mean) end as difference,
    p_value,
    case when p_value is not null then least(max(p_value * (p_count - p_rank + 1)) over (
        partition by kpi_id, period, starts_on, dimension order by p_rank rows between unbounded preceding and current row
    ), 1.0) end as p_adjusted,
    definition_version,
    data_through,
    sum_of_squares
from ranked
