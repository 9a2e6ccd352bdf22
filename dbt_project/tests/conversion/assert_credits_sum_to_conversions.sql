-- Why: a channel's credit is taken from the others. Each conversion is shared out once by every model, and so is its
-- amount; a month's channels sum to its conversions. A row here is a conversion or month that gives more or less.
{{ config(meta={'dagster': {'ref': {'name': 'agg_attribution'}}}) }}

with shared as (
    select
        conversion_id,
        model,
        sum(credit) as credit,
        sum(value) as value,
        min(credit) as least_credit
    from {{ ref('fct_attribution') }}
    group by conversion_id, model
),

conversions as (
    select
        o.order_id,
        case when o.excluded_reason is null then o.net_amount end as amount,
        count(s.model) as model_count,
        count(case when s.credit = 1 and s.least_credit > 0 and s.value is not distinct from
            case when o.excluded_reason is null then o.net_amount end then 1 end) as whole_count
    from {{ ref('fct_orders') }} as o
    left join shared as s on s.conversion_id = o.order_id
    where not o.is_void and o.local_date is not null
    group by o.order_id, case when o.excluded_reason is null then o.net_amount end
),

months as (
    select
        model,
        month,
        sum(credit) as credit,
        sum(value) as value,
        min(conversion_count) as lowest_count,
        max(conversion_count) as highest_count
    from {{ ref('agg_attribution') }}
    group by model, month
),

recounted as (
    select
        cast(date_trunc('month', local_date) as date) as month,
        count(*) as conversion_count,
        coalesce(sum(case when excluded_reason is null then net_amount end), 0) as value
    from {{ ref('fct_orders') }}
    where not is_void and local_date is not null
    group by cast(date_trunc('month', local_date) as date)
),

channels as (
    select
        model,
        channel,
        cast(date_trunc('month', local_date) as date) as month,
        sum(credit) as credit,
        coalesce(sum(value), 0) as value
    from {{ ref('fct_attribution') }}
    group by model, channel, cast(date_trunc('month', local_date) as date)
)

select order_id as what, model_count as parts
from conversions
where true is distinct from (model_count = {{ attribution_models() | length }} and whole_count = model_count)
union all
select r.month || ' ' || coalesce(m.model, 'none') as what, r.conversion_count as parts
from recounted as r
left join months as m on m.month = r.month
where true is distinct from (
    m.credit = r.conversion_count
    and m.value = r.value
    and m.lowest_count = r.conversion_count
    and m.highest_count = r.conversion_count
)
union all
select r.month || ' models' as what, count(m.model) as parts
from recounted as r
left join months as m on m.month = r.month
group by r.month
having count(m.model) <> {{ attribution_models() | length + 1 }}
union all
select a.month || ' ' || a.model || ' ' || a.channel as what, a.conversion_count as parts
from {{ ref('agg_attribution') }} as a
left join channels as c on c.month = a.month and c.model = a.model and c.channel = a.channel
where a.model <> 'markov' and true is distinct from (a.credit = c.credit and a.value = c.value)
