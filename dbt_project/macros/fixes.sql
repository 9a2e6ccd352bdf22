{# Fixes as SQL: what each declared fix (`fixes.yml`, docs/pain_points.md) concerns, and what is told of it. #}

{# The declared fixes. #}
{% macro fixes() %}{{ return(var('fixes', []) or []) }}{% endmacro %}

{# What is told of each fix: share and rate of its pain among the exposed, then the KPIs. `scale` is what a ratio is
   multiplied with. Exposed is who had an occasion for it in the window, touched whom it happened to, on the day or before. #}
{% macro fix_measures() %}
  {{ return([
    {'measure': 'affected_share', 'population': 'exposed', 'scale': 1},
    {'measure': 'occurrences_per_1000', 'population': 'exposed', 'scale': 1000},
    {'measure': 'nps', 'population': 'exposed', 'scale': 100},
    {'measure': 'csat', 'population': 'exposed', 'scale': 1},
    {'measure': 'conversion_rate', 'population': 'exposed', 'scale': 1},
    {'measure': 'nps', 'population': 'touched', 'scale': 100},
    {'measure': 'csat', 'population': 'touched', 'scale': 1},
    {'measure': 'conversion_rate', 'population': 'touched', 'scale': 1},
  ]) }}
{% endmacro %}

{# Under so many persons in a window there is no interval: it would be too narrow. #}
{% macro least_fix_persons() %}{{ return(10) }}{% endmacro %}

{% macro _in_values(column, values) -%}
{{ column }} in ({% for value in values %}{{ quoted(value) }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# Whether a row of fct_pain_points is what a fix concerns. #}
{% macro is_pain_of_fix(fix) -%}
coalesce(kind = '{{ fix.kind }}'
{%- for column, values in fix.where.items() %} and {{ _in_values(column, values) }}{% endfor %}, false)
{%- endmacro %}

{# The kinds of things at which the pain of a fix can occur: those of its rules. #}
{% macro fix_objects(fix) %}
  {%- set found = [] -%}
  {%- for rule in pain_rules() if rule.kind == fix.kind and rule.rule in fix.where.get('rule', [rule.rule]) -%}
    {%- do found.append(pain_objects()[rule.from]) -%}
  {%- endfor -%}
  {{ return(found | unique | sort | list) }}
{% endmacro %}

{# Whether an occasion is one for the pain of a fix; `columns` are those of its `where` that are asked. #}
{% macro is_occasion_of_fix(fix, columns) -%}
coalesce({{ _in_values('object', fix_objects(fix)) }}
{%- for column in columns if column in fix.where %} and {{ _in_values(column, fix.where[column]) }}{% endfor %}, false)
{%- endmacro %}

{# The declared fixes as rows. #}
{% macro fix_rows() -%}
{%- for fix in fixes() %}
    select
        '{{ fix.id }}' as fix_id,
        {{ fix.version }} as definition_version,
        '{{ fix.kind }}' as kind,
        {{ quoted(_told_where(fix)) }} as concerns,
        date '{{ fix.live }}' as live_date,
        cast({{ fix.window }} as bigint) as window_days,
        date '{{ fix.before_from }}' as before_from,
        date '{{ fix.after_to }}' as after_to
    {{- '\n    union all' if not loop.last }}
{%- else %}
    select
        cast(null as varchar) as fix_id,
        cast(null as integer) as definition_version,
        cast(null as varchar) as kind,
        cast(null as varchar) as concerns,
        cast(null as date) as live_date,
        cast(null as bigint) as window_days,
        cast(null as date) as before_from,
        cast(null as date) as after_to
    where false
{%- endfor -%}
{%- endmacro %}

{% macro _told_where(fix) %}
  {%- set told = [] -%}
  {%- for column, values in fix.where.items() -%}{%- do told.append(column ~ ': ' ~ values | join(', ')) -%}{%- endfor -%}
  {{ return(told | join('; ') or 'all') }}
{% endmacro %}
