-- Published figures to read a KPI beside. What somebody only claims is no benchmark.
{%- set texts = {'kpi_id': 'kpi', 'sector': 'sector', 'place': 'place', 'period': 'period', 'source_name': 'source',
    'basis': 'basis'} %}
with told as (
{% for one in benchmarks() %}
    select
        {%- for column, key in texts.items() %}
        cast({{ "'" ~ one[key] ~ "'" if one[key] is not none else 'null' }} as varchar) as {{ column }},
        {%- endfor %}
        cast({{ one.value }} as double) as value,
        cast({{ one.n if one.n is not none else 'null' }} as bigint) as n,
        'shipped' as made_by
    union all
{%- endfor %}
    select
        metric as kpi_id,
        sector,
        place,
        period,
        source_name,
        cast(null as varchar) as basis,
        cast(value as double) as value,
        n,
        source as made_by
    from {{ ref('external_figures') }}
    where status = 'verified'
        and metric in ({{ kpi_ids(kpi_catalogue()) }})

),

ranked as (

    select
        *,
        md5(kpi_id || '/' || coalesce(sector, '') || '/' || coalesce(place, '') || '/' || coalesce(period, '') || '/'
            || coalesce(source_name, '')) as benchmark_id
    from told
    where value is not null

)

select
    benchmark_id,
    kpi_id,
    sector,
    place,
    period,
    value,
    n,
    source_name,
    basis,
    made_by
from (
    select
        *,
        row_number() over (partition by benchmark_id order by made_by, value, n) as place_in_turn
    from ranked
) as numbered
where place_in_turn = 1
