{{ config(meta={'dagster': {'ref': {'name': 'agg_segment_kpis'}}}) }}
-- In every week the segments of a scheme sum to all persons seen until then, and their orders, revenue and contacts
-- to the total that the KPIs show. A row here is a week in which somebody is in no segment or in two.
with customers as (

    select
        w.week,
        count(*) as persons
    from (select distinct week from {{ ref('agg_segment_kpis') }}) as w
    inner join {{ ref('dim_customers') }} as d
        on d.first_seen_date < w.week + interval 7 day and d.first_seen_date < {{ as_of() }}
    group by w.week

),

totals as (

    select
        cast(date_trunc('week', date) as date) as week,
        sum(case when kpi_id = 'sessions' then numerator end) as sessions,
        sum(case when kpi_id = 'orders' then numerator end) as orders,
        sum(case when kpi_id = 'revenue' then numerator end) as revenue,
        sum(case when kpi_id = 'contacts' then numerator end) as contacts,
        sum(case when kpi_id = 'nps' then denominator end) as nps_denominator
    from {{ ref('fct_kpi_daily') }}
    where dimension = 'all'
    group by cast(date_trunc('week', date) as date)

),

segments as (

    select
        scheme,
        week,
        count(*) = count(persons + sessions + orders + revenue + contacts + nps_denominator) as is_told,
        sum(persons) as persons,
        sum(sessions) as sessions,
        sum(orders) as orders,
        sum(revenue) as revenue,
        sum(contacts) as contacts,
        sum(nps_denominator) as nps_denominator
    from {{ ref('agg_segment_kpis') }}
    group by scheme, week

)

select s.scheme, s.week, s.persons, c.persons as all_persons, s.orders, t.orders as all_orders
from segments as s
left join customers as c on c.week = s.week
left join totals as t on t.week = s.week
where true is distinct from (
    s.is_told
    and s.persons = coalesce(c.persons, 0)
    and s.sessions = coalesce(t.sessions, 0)
    and s.orders = coalesce(t.orders, 0)
    and s.revenue = coalesce(t.revenue, 0)
    and s.contacts = coalesce(t.contacts, 0)
    and s.nps_denominator = coalesce(t.nps_denominator, 0)
)
