-- Each stay of a person in a segment of a scheme. Everybody begins in `no_orders` on the day first seen and
-- is looked at again each ISO Monday, by what was known before that Monday began.
with standings as (

    select
        person_id,
        person_number,
        week,
        {%- for scheme in segment_schemes() %}
        {{ segment_of(scheme) }} as {{ scheme.scheme }}_segment{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_value_standings') }}

),

compared as (

    select
        person_id,
        week,
        {%- for scheme in segment_schemes() %}
        {{ scheme.scheme }}_segment,
        coalesce(lag({{ scheme.scheme }}_segment) over (partition by person_number order by week), 'no_orders')
            as {{ scheme.scheme }}_before{{ ',' if not loop.last }}
        {%- endfor %}
    from standings

),

changes as (
{% for scheme in segment_schemes() %}
    select
        c.person_id,
        '{{ scheme.scheme }}' as scheme,
        c.{{ scheme.scheme }}_segment as segment,
        c.week as valid_from,
        {{ scheme.version }} as rule_version
    from compared as c
    inner join {{ ref('dim_customers') }} as d on d.person_id = c.person_id
    where c.{{ scheme.scheme }}_segment <> c.{{ scheme.scheme }}_before

    union all

    select
        person_id,
        '{{ scheme.scheme }}' as scheme,
        'no_orders' as segment,
        first_seen_date as valid_from,
        {{ scheme.version }} as rule_version
    from {{ ref('dim_customers') }}
    {{ 'union all' if not loop.last }}
{% endfor %}
)

select
    person_id,
    scheme,
    segment,
    valid_from,
    lead(valid_from) over (partition by person_id, scheme order by valid_from) as valid_to,
    cast(rule_version as integer) as rule_version
from changes
