create table marts."fct_kpi_excluded" as
-- What a KPI leaves out and why, by day and one dimension at a time; the reasons of a row of
-- `fct_kpi_daily` sum to its `excluded`.
with facts as (

    select * from "intermediate"."int_kpi_facts" where reason is not null

)

select
    kpi_id,
    fact_date as date,
    'all' as dimension,
    'all' as dimension_value,
    reason,
    count(*) as n
from facts
group by kpi_id, fact_date, reason
union all
select
    kpi_id,
    fact_date as date,
    'channel' as dimension,
    channel as dimension_value,
    reason,
    count(*) as n
from facts
where channel is not null
group by kpi_id, fact_date, reason, channel
union all
select
    kpi_id,
    fact_date as date,
    'segment' as dimension,
    segment as dimension_value,
    reason,
    count(*) as n
from facts
where segment is not null
group by kpi_id, fact_date, reason, segment
union all
select
    kpi_id,
    fact_date as date,
    'source' as dimension,
    source as dimension_value,
    reason,
    count(*) as n
from facts
where source is not null
group by kpi_id, fact_date, reason, source
union all
select
    kpi_id,
    fact_date as date,
    'product' as dimension,
    product as dimension_value,
    reason,
    count(*) as n
from facts
where product is not null
group by kpi_id, fact_date, reason, product
union all
select
    kpi_id,
    fact_date as date,
    'region' as dimension,
    region as dimension_value,
    reason,
    count(*) as n
from facts
where region is not null
group by kpi_id, fact_date, reason, region
union all
select
    kpi_id,
    fact_date as date,
    'team' as dimension,
    team as dimension_value,
    reason,
    count(*) as n
from facts
where team is not null
group by kpi_id, fact_date, reason, team
union all
select
    kpi_id,
    fact_date as date,
    'queue' as dimension,
    queue as dimension_value,
    reason,
    count(*) as n
from facts
where queue is not null
group by kpi_id, fact_date, reason, queue;
