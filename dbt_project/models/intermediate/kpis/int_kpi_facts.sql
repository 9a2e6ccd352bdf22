{{ config(group='kpis') }}
-- One row per KPI of the catalogue and fact it is about: what the fact adds to numerator and denominator,
-- or the reason why it is not counted; with its day, its person and the values of its dimensions.
{%- set dimensions = kpi_dimensions() %}
with
{% for fact, told in kpi_sources().items() %}
{{ fact }}_in_segments as (

    select
        f.*,
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
        v.segment as value_segment,
        r.segment as rfm_segment
    from {{ ref(fact) }} as f
    {%- for scheme, alias in [('value', 'v'), ('rfm', 'r')] %}
    left join {{ ref('fct_segment_membership') }} as {{ alias }}
        on {{ alias }}.person_id = f.person_id
        and {{ alias }}.scheme = '{{ scheme }}'
        and {{ alias }}.valid_from <= f.local_date
        and ({{ alias }}.valid_to is null or {{ alias }}.valid_to > f.local_date)
    {%- endfor %}
    where f.local_date is not null

){{ ',' if not loop.last }}
{% endfor %}
{%- for kpi in kpi_catalogue() %}
select
    '{{ kpi.id }}' as kpi_id,
    {{ kpi_fact_key(kpi.fact) }} as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    {%- for dimension in dimensions %}
    {%- set column = kpi_sources()[kpi.fact].get(dimension) %}
    {{ "coalesce(" ~ column ~ ", 'unknown')" if column else 'cast(null as varchar)' }} as {{ dimension }},
    {%- endfor %}
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    {{ kpi.excluded }} as reason,
    case when ({{ kpi.excluded }}) is null then cast({{ kpi.numerator }} as decimal(18, 4)) end as numerator,
    case when ({{ kpi.excluded }}) is null then cast({{ kpi.denominator or 'null' }} as decimal(18, 4)) end as denominator
from {{ kpi.fact }}_in_segments
where {{ kpi.population }}
{{ 'union all' if not loop.last }}
{%- endfor %}
