-- The segments of each scheme with the rule that decides, in the order in which rules are tried.
with segments as (
{% for scheme in segment_schemes() %}
    {%- for s in scheme.segments %}
    select
        '{{ scheme.scheme }}' as scheme,
        '{{ s.segment }}' as segment,
        '{{ s.name }}' as name,
        '{{ s.rule }}' as rule,
        {{ loop.index }} as position,
        {{ scheme.version }} as rule_version
    union all
    {%- endfor %}
    select
        '{{ scheme.scheme }}' as scheme,
        'no_orders' as segment,
        'No orders yet' as name,
        'no order that still stands before the Monday' as rule,
        {{ scheme.segments | length + 1 }} as position,
        {{ scheme.version }} as rule_version
    {{ 'union all' if not loop.last }}
{%- endfor %}

)

select
    scheme,
    segment,
    name,
    rule,
    cast(position as integer) as position,
    cast(rule_version as integer) as rule_version
from segments
