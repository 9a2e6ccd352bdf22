-- Each stay of a person in a segment of a scheme. Everybody begins in `no_orders` on the day first seen and
-- is looked at again each ISO Monday, by what was known before that Monday began.
with weeks as (

    select day as week
    from {{ calendar("(select min(from_week) from " ~ ref('int_value_standings') ~ ")", as_of()) }} as days
    where {{ iso_weekday('day') }} = 1

),

-- each Monday everybody who ever ordered, by number: sorting numbers is what makes this quick
grid as (

    select
        w.week,
        s.person_number,
        s.order_count,
        s.net_amount,
        s.last_order_us,
        s.order_count > 0 as is_buyer
    from {{ ref('int_value_standings') }} as s
    inner join weeks as w on w.week >= s.from_week and (s.to_week is null or w.week < s.to_week)

),

scored as (

    select
        week,
        person_number,
        order_count,
        ntile(5) over (partition by week, is_buyer order by last_order_us, person_number) as recency_quintile,
        ntile(5) over (partition by week, is_buyer order by order_count, net_amount, person_number)
            as frequency_quintile,
        ntile(5) over (partition by week, is_buyer order by net_amount, person_number) as monetary_quintile,
        count(*) over (partition by week, is_buyer)
            - row_number() over (partition by week, is_buyer order by net_amount, person_number) + 1
            as value_rank,
        count(*) over (partition by week, is_buyer) as buyer_count
    from grid

),

standings as (

    select
        person_number,
        week,
        {%- for scheme in segment_schemes() %}
        {{ segment_of(scheme) }} as {{ scheme.scheme }}_segment{{ ',' if not loop.last }}
        {%- endfor %}
    from scored

),

compared as (

    select
        person_number,
        week,
        {%- for scheme in segment_schemes() %}
        {{ scheme.scheme }}_segment,
        coalesce(lag({{ scheme.scheme }}_segment) over (partition by person_number order by week), 'no_orders')
            as {{ scheme.scheme }}_before{{ ',' if not loop.last }}
        {%- endfor %}
    from standings

),

persons as (

    select distinct s.person_number, s.person_id
    from {{ ref('int_value_standings') }} as s
    inner join {{ ref('dim_customers') }} as d on d.person_id = s.person_id

),

changes as (
{% for scheme in segment_schemes() %}
    select
        p.person_id,
        '{{ scheme.scheme }}' as scheme,
        c.{{ scheme.scheme }}_segment as segment,
        c.week as valid_from,
        {{ scheme.version }} as rule_version
    from compared as c
    inner join persons as p on p.person_number = c.person_number
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
