{{ config(meta={'dagster': {'ref': {'name': 'fct_responses'}}}) }}
-- Promoters + passives + detractors = counted NPS answers, and promoters - detractors is the numerator that the
-- KPI shows. A row here is a day on which the score and the answers behind it are two different things.
with answers as (

    select
        local_date,
        count(case when nps_bucket = 'promoter' then 1 end) as promoters,
        count(case when nps_bucket = 'passive' then 1 end) as passives,
        count(case when nps_bucket = 'detractor' then 1 end) as detractors,
        count(case when is_counted then 1 end) as counted
    from {{ ref('fct_responses') }}
    where kind = 'nps' and local_date is not null
    group by local_date

),

kpi as (

    select date, numerator, denominator
    from {{ ref('fct_kpi_daily') }}
    where kpi_id = 'nps' and dimension = 'all'

)

select *
from answers as a
full join kpi as k on k.date = a.local_date
where k.date is null
    or a.local_date is null
    or a.promoters + a.passives + a.detractors <> a.counted
    or a.counted <> k.denominator
    or a.promoters - a.detractors <> k.numerator
