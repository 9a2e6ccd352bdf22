{# What may move the score: the closed list of drivers, version 1. Each is a whole number per answer or subscription: what
   happened to its person before it, in the days that a pain point is felt. `from` is a CTE of agg_drivers with person_id
   and happened_at, `value` what one row of it tells, `of` how rows make one number (nothing happened: 0), `hurts` when
   that number is one that hurts. #}
{% macro drivers() %}
  {{ return([
    {'driver': 'longest_wait', 'unit': 'seconds', 'from': 'contacts', 'value': 'case when wait_seconds > 3600 then 3600 else round(wait_seconds) end', 'of': 'max', 'hurts': '> 120'},
    {'driver': 'longest_handling', 'unit': 'seconds', 'from': 'contacts', 'value': 'case when handle_seconds > 7200 then 7200 else round(handle_seconds) end', 'of': 'max', 'hurts': '> 900'},
    {'driver': 'contacts', 'unit': 'contacts', 'from': 'contacts', 'value': '1', 'of': 'sum', 'hurts': '> 1'},
    {'driver': 'transfers', 'unit': 'contacts', 'from': 'contacts', 'value': 'case when is_transferred then 1 end', 'of': 'sum', 'hurts': '> 0'},
    {'driver': 'repeated_contacts', 'unit': 'contacts', 'from': 'pains', 'value': "case when rule = 'same_reason_in_7_days' then 1 end", 'of': 'sum', 'hurts': '> 0'},
    {'driver': 'late_deliveries', 'unit': 'orders', 'from': 'pains', 'value': "case when rule = 'late_delivery' then 1 end", 'of': 'sum', 'hurts': '> 0'},
    {'driver': 'hard_interface', 'unit': 'occurrences', 'from': 'pains', 'value': "case when kind = 'hard_interface' then 1 end", 'of': 'sum', 'hurts': '> 0'},
    {'driver': 'technical_failures', 'unit': 'occurrences', 'from': 'pains', 'value': "case when kind = 'technical_failure' then 1 end", 'of': 'sum', 'hurts': '> 0'},
    {'driver': 'broken_promises', 'unit': 'promises', 'from': 'promises', 'value': '1', 'of': 'sum', 'hurts': '> 0'},
    {'driver': 'worst_words', 'unit': 'hundredths of a sentiment score, negated', 'from': 'words', 'value': 'round(-100 * score)', 'of': 'max', 'hurts': '> 5'},
  ]) }}
{% endmacro %}

{% macro drivers_version() %}{{ return(1) }}{% endmacro %}

{#-
  Symmetric matrices, one cell (i, j, v) a row, swept on one of their diagonals (Beaton 1964). Swept on all but 0, row 0
  holds the coefficients of what stands at 0 on the others.
-#}
{% macro swept(cells, keys, pivot) -%}
select
    {%- for key in keys %}
    c.{{ key }},
    {%- endfor %}
    c.i,
    c.j,
    case
        when c.i = {{ pivot }} and c.j = {{ pivot }} then cast(-1 as double) / nullif(d.v, 0)
        when c.i = {{ pivot }} or c.j = {{ pivot }} then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from {{ cells }} as c
{%- for alias, on in [('a', 'a.i = c.i and a.j = ' ~ pivot), ('b', 'b.j = c.j and b.i = ' ~ pivot),
                      ('d', 'd.i = ' ~ pivot ~ ' and d.j = ' ~ pivot)] %}
inner join {{ cells }} as {{ alias }}
    on {{ on }}{% for key in keys %} and {{ alias }}.{{ key }} = c.{{ key }}{% endfor %}
{%- endfor %}
{%- endmacro %}
