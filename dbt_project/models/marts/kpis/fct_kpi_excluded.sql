-- What a KPI leaves out and why, by day and one dimension at a time; the reasons of a row of
-- `fct_kpi_daily` sum to its `excluded`.
with facts as (

    select * from {{ ref('int_kpi_facts') }} where reason is not null

)
{% for dimension in ['all'] + kpi_dimensions() %}
select
    kpi_id,
    fact_date as date,
    '{{ dimension }}' as dimension,
    {{ "'all'" if dimension == 'all' else dimension }} as dimension_value,
    reason,
    count(*) as n
from facts
{%- if dimension != 'all' %}
where {{ dimension }} is not null
{%- endif %}
group by kpi_id, fact_date, reason{{ ', ' ~ dimension if dimension != 'all' }}
{{ 'union all' if not loop.last }}
{%- endfor %}
