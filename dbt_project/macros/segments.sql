{#-
  The segmentations as data: `dim_segments` is their table, `fct_segment_membership` is generated from
  them. Within a scheme the first rule that holds decides; `rules` are SQL over the standing of a person
  on an ISO Monday. Quintiles: 5 is the most recent, most frequent, most valuable fifth.
  `version` rises whenever a rule of the scheme changes.
-#}
{% macro segment_schemes() %}
{% do return([
  {'scheme': 'rfm', 'version': 1, 'segments': [
    {'segment': 'champions', 'name': 'Champions', 'rule': 'recency_quintile >= 4 and frequency_quintile >= 4 and monetary_quintile >= 4'},
    {'segment': 'loyal', 'name': 'Loyal', 'rule': 'recency_quintile >= 3 and frequency_quintile >= 3'},
    {'segment': 'recent', 'name': 'Recent', 'rule': 'recency_quintile >= 4'},
    {'segment': 'promising', 'name': 'Promising', 'rule': 'recency_quintile = 3'},
    {'segment': 'at_risk', 'name': 'At risk', 'rule': 'frequency_quintile >= 3'},
    {'segment': 'hibernating', 'name': 'Hibernating', 'rule': 'true'}]},
  {'scheme': 'value', 'version': 1, 'segments': [
    {'segment': 'high', 'name': 'High value', 'rule': '5 * value_rank <= buyer_count'},
    {'segment': 'medium', 'name': 'Medium value', 'rule': '2 * value_rank <= buyer_count'},
    {'segment': 'low', 'name': 'Low value', 'rule': 'true'}]},
]) %}
{% endmacro %}

{#- The segment of a scheme as one expression; who has no order that still stands is in none of its rules. -#}
{% macro segment_of(scheme) -%}
case when order_count = 0 then 'no_orders'
    {%- for s in scheme.segments %} when {{ s.rule }} then '{{ s.segment }}'{% endfor %} end
{%- endmacro %}
