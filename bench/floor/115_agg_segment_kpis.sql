create table marts."agg_segment_kpis" as
-- Each scheme, segment and ISO week: how many persons were in it at the week's end (a stay changes only on
-- Mondays, or begins when a person is first seen) and what they did in that week. Facts of unknown persons
-- stand in the segment `unknown`, so that the segments of a week sum to all.
with stays as (

    select
        scheme,
        segment,
        cast(date_trunc('week', valid_from) as date) as week,
        1 as persons
    from "marts"."fct_segment_membership"
    where valid_from < date '{as_of}'

    union all

    select
        scheme,
        segment,
        valid_to as week,
        -1 as persons
    from "marts"."fct_segment_membership"
    where valid_to < date '{as_of}'

),

moves as (

    select scheme, segment, week, sum(persons) as persons from stays group by scheme, segment, week

),

weeks as (

    select day as week
    from /*engine*/ (
    select cast(at_midnight as date) as day
    from range(cast((select min(week) from moves) as timestamp), cast(date '{as_of}' as timestamp) + interval 1 day, interval 1 day) as days(at_midnight)
) /*end*/ as days
    where /*engine*/ cast(isodow(day) as integer) /*end*/ = 1 and day < date '{as_of}'

),

segments as (

    select scheme, segment from "marts"."dim_segments"
    union all
    select distinct scheme, 'unknown' as segment from "marts"."dim_segments"

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

    select
        'rfm' as scheme,
        rfm_segment as segment,
        cast(date_trunc('week', fact_date) as date) as week,
        sum(case when kpi_id = 'sessions' then numerator end) as sessions,
        sum(case when kpi_id = 'conversion_rate' then numerator end) as conversions,
        sum(case when kpi_id = 'orders' then numerator end) as orders,
        sum(case when kpi_id = 'revenue' then numerator end) as revenue,
        sum(case when kpi_id = 'contacts' then numerator end) as contacts,
        sum(case when kpi_id = 'nps' then numerator end) as nps_numerator,
        sum(case when kpi_id = 'nps' then denominator end) as nps_denominator,
        sum(case when kpi_id = 'csat' then numerator end) as csat_numerator,
        sum(case when kpi_id = 'csat' then denominator end) as csat_denominator
    from "intermediate"."int_kpi_facts"
    where reason is null
    group by 2, 3
    union all
    select
        'value' as scheme,
        segment as segment,
        cast(date_trunc('week', fact_date) as date) as week,
        sum(case when kpi_id = 'sessions' then numerator end) as sessions,
        sum(case when kpi_id = 'conversion_rate' then numerator end) as conversions,
        sum(case when kpi_id = 'orders' then numerator end) as orders,
        sum(case when kpi_id = 'revenue' then numerator end) as revenue,
        sum(case when kpi_id = 'contacts' then numerator end) as contacts,
        sum(case when kpi_id = 'nps' then numerator end) as nps_numerator,
        sum(case when kpi_id = 'nps' then denominator end) as nps_denominator,
        sum(case when kpi_id = 'csat' then numerator end) as csat_numerator,
        sum(case when kpi_id = 'csat' then denominator end) as csat_denominator
    from "intermediate"."int_kpi_facts"
    where reason is null
    group by 2, 3
    
)

select
    s.scheme,
    s.segment,
    s.week,
    cast(s.persons as bigint) as persons,
    cast(coalesce(d.sessions, 0) as bigint) as sessions,
    cast(coalesce(d.conversions, 0) as bigint) as conversions,
    cast(coalesce(d.orders, 0) as bigint) as orders,
    cast(coalesce(d.revenue, 0) as decimal(18, 2)) as revenue,
    cast(coalesce(d.contacts, 0) as bigint) as contacts,
    cast(coalesce(d.nps_numerator, 0) as bigint) as nps_numerator,
    cast(coalesce(d.nps_denominator, 0) as bigint) as nps_denominator,
    cast(coalesce(d.csat_numerator, 0) as bigint) as csat_numerator,
    cast(coalesce(d.csat_denominator, 0) as bigint) as csat_denominator,
    v.rule_version
from sizes as s
left join deeds as d on d.scheme = s.scheme and d.segment = s.segment and d.week = s.week
inner join (select scheme, max(rule_version) as rule_version from "marts"."dim_segments" group by scheme) as v
    on v.scheme = s.scheme;
