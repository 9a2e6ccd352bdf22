{{ config(meta={'dagster': {'ref': {'name': 'fct_sla_events'}}}) }}
-- The promise of the queue is told twice, as events and as the KPI service_level_80_20: kept and broken
-- promises of a day must be the KPI's numerator and denominator. A row here is a day on which they differ.
with events as (

    select
        local_date,
        count(case when state = 'met' then 1 end) as met,
        count(case when state in ('met', 'breached') then 1 end) as due
    from {{ ref('fct_sla_events') }}
    where policy = 'service_level_80_20'
    group by local_date

),

kpi as (

    select date, numerator, denominator
    from {{ ref('fct_kpi_daily') }}
    where kpi_id = 'service_level_80_20' and dimension = 'all'

)

select *
from events as e
full join kpi as k on k.date = e.local_date
where coalesce(e.met, 0) <> coalesce(k.numerator, 0) or coalesce(e.due, 0) <> coalesce(k.denominator, 0)
