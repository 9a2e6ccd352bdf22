-- The KPI catalogue as a table: what each number means, how it is made, and who answers for it.
{%- set texts = {
    'name': 'name', 'definition': 'definition', 'fact_table': 'fact', 'population': 'population',
    'excluded_when': 'excluded', 'numerator': 'numerator', 'denominator': 'denominator', 'unit': 'unit',
    'direction': 'direction', 'interval_method': 'interval', 'owner': 'owner', 'source': 'source'} %}
{% for kpi in kpi_catalogue() %}
select
    '{{ kpi.id }}' as kpi_id,
    {%- for column, key in texts.items() %}
    cast({{ "'" ~ kpi[key] | replace("'", "''") ~ "'" if kpi[key] is not none else 'null' }} as varchar) as {{ column }},
    {%- endfor %}
    {%- for column, text in {'name_zh': kpi_in_chinese(kpi.id)[0], 'definition_zh': kpi_in_chinese(kpi.id)[1]}.items() %}
    cast('{{ text }}' as varchar) as {{ column }},
    {%- endfor %}
    '{{ kpi_fact_key(kpi.fact) }}' as fact_key,
    'all, {{ kpi_sources()[kpi.fact].keys() | join(', ') }}' as dimensions,
    '{{ kpi.period | default('day') }}' as period,
    cast({{ kpi.window_days | default(0) }} as integer) as window_days,
    cast({{ kpi.scale }} as integer) as scale,
    {%- for end in ['lowest', 'highest'] %}
    cast({{ kpi[end] if kpi[end] is not none else 'null' }} as double) as {{ end }},
    {%- endfor %}
    cast({{ kpi.target if kpi.target is not none else 'null' }} as double) as target,
    cast({{ kpi.version }} as integer) as definition_version,
    cast({{ loop.index }} as integer) as position
{{ 'union all' if not loop.last }}
{%- endfor %}
