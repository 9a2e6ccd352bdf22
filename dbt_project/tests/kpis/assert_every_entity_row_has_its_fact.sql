{{ config(meta={'dagster': {'ref': {'name': 'fct_kpi_daily'}}}) }}
-- From source to mart no row is lost or doubled: each order, contact and answer of the entities is one row of its
-- fact, and each fact with a day is counted or excluded with a reason in its KPI. A row here is a day
-- on which the figures miss rows that were delivered.
{%- set chains = [('orders', 'orders', 'fct_orders', 'ordered_at', 'true'),
    ('contacts', 'contacts', 'fct_contacts', 'opened_at', 'true')] %}
with counted as (
{% for kpi, entity, fact, moment, population in chains %}
    select '{{ entity }}' as entity, {{ local_date(moment) }} as date, 1 as delivered, 0 as modelled, 0 as told
    from {{ ref(entity) }}
    union all
    select '{{ entity }}', local_date, 0, 1, 0 from {{ ref(fact) }}
    union all
    select '{{ entity }}', date, 0, 0, n + excluded
    from {{ ref('fct_kpi_daily') }}
    where kpi_id = '{{ kpi }}' and dimension = 'all'
    union all
{% endfor %}
    select 'responses' as entity, {{ local_date('answered_at') }} as date, 1 as delivered, 0 as modelled, 1 as told
    from {{ ref('responses') }}
    union all
    select 'responses', local_date, 0, 1, 0 from {{ ref('fct_responses') }}

)

select
    entity,
    date,
    sum(delivered) as delivered,
    sum(modelled) as modelled,
    sum(told) as told
from counted
group by entity, date
having sum(delivered) <> sum(modelled) or (date is not null and sum(modelled) <> sum(told))
