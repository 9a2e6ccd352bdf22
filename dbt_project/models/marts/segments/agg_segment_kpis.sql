-- Each scheme, segment and ISO week: how many persons were in it at the week's end (a stay changes only on
-- Mondays, or begins when a person is first seen) and what they did in that week. Facts of unknown persons
-- stand in the segment `unknown`, so that the segments of a week sum to all.
{%- set measures = {
    'sessions': ('sessions', 'numerator', 'bigint'),
    'conversions': ('conversion_rate', 'numerator', 'bigint'),
    'orders': ('orders', 'numerator', 'bigint'),
    'revenue': ('revenue', 'numerator', 'decimal(18, 2)'),
    'contacts': ('contacts', 'numerator', 'bigint'),
    'nps_numerator': ('nps', 'numerator', 'bigint'),
    'nps_denominator': ('nps', 'denominator', 'bigint'),
    'csat_numerator': ('csat', 'numerator', 'bigint'),
    'csat_denominator': ('csat', 'denominator', 'bigint')} %}
with stays as (

    select
        scheme,
        segment,
        cast(date_trunc('week', valid_from) as date) as week,
        1 as persons
    from {{ ref('fct_segment_membership') }}
    where valid_from < {{ as_of() }}

    union all

    select
        scheme,
        segment,
        valid_to as week,
        -1 as persons
    from {{ ref('fct_segment_membership') }}
    where valid_to < {{ as_of() }}

),

moves as (

    select scheme, segment, week, sum(persons) as persons from stays group by scheme, segment, week

),

weeks as (

    select day as week
    from {{ calendar('(select min(week) from moves)', as_of()) }} as days
    where {{ iso_weekday('day') }} = 1 and day < {{ as_of() }}

),

segments as (

    select scheme, segment from {{ ref('dim_segments') }}
    union all
    select distinct scheme, 'unknown' as segment from {{ ref('dim_segments') }}

),

sizes as (

    select
        s.scheme,
        s.segment,
        w.week,
        sum(coalesce(m.persons, 0)) over (
            partition by s.scheme, s.segment order by w.week rows between unbounded preceding and current row
        ) as persons
    from segments as s
    cross join weeks as w
    left join moves as m on m.scheme = s.scheme and m.segment = s.segment and m.week = w.week

),

deeds as (
{% for scheme in segment_schemes() %}
    select
        '{{ scheme.scheme }}' as scheme,
        {{ 'segment' if scheme.scheme == 'value' else scheme.scheme ~ '_segment' }} as segment,
        cast(date_trunc('week', fact_date) as date) as week,
        {%- for name, told in measures.items() %}
        sum(case when kpi_id = '{{ told[0] }}' then {{ told[1] }} end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_kpi_facts') }}
    where reason is null
    group by 2, 3
    {{ 'union all' if not loop.last }}
{%- endfor %}
)

select
    s.scheme,
    s.segment,
    s.week,
    cast(s.persons as bigint) as persons,
    {%- for name, told in measures.items() %}
    cast(coalesce(d.{{ name }}, 0) as {{ told[2] }}) as {{ name }},
    {%- endfor %}
    v.rule_version
from sizes as s
left join deeds as d on d.scheme = s.scheme and d.segment = s.segment and d.week = s.week
inner join (select scheme, max(rule_version) as rule_version from {{ ref('dim_segments') }} group by scheme) as v
    on v.scheme = s.scheme
