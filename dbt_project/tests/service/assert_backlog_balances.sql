-- A day's backlog is that of the day before and what happened; each value of a dimension is part of the total; and what is open
-- after the last day is what fct_case_times calls pending. A row here is a day or a dimension of which this does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'agg_case_backlog'}}}) }}
with days as (

    select
        *,
        lag(closing) over (partition by dimension, dimension_value order by date) as closing_before,
        lead(date) over (partition by dimension, dimension_value order by date) as next_date
    from {{ ref('agg_case_backlog') }}

),

open_cases as (

    select count(*) as pending
    from {{ ref('fct_case_times') }} as t
    inner join (select distinct source || '/' || k.contact_id as contact_id
        from {{ ref('int_case_stays') }} as s
        inner join {{ ref('int_contact_clocks') }} as k on k.contact_number = s.contact_number and k.place = 1
    ) as s on s.contact_id = t.contact_id
    where t.measure = 'full_resolution' and t.state = 'pending'

)

select dimension, dimension_value, date
from days
where closing <> opening + opened + reopened - ended
    or opening <> coalesce(closing_before, 0)
    or closing < 0
    or (next_date is not null and {{ days_between('date', 'next_date') }} <> 1)
    or closing is null
union all
select d.dimension, 'sum' as dimension_value, d.date
from {{ ref('agg_case_backlog') }} as d
inner join {{ ref('agg_case_backlog') }} as a on a.dimension = 'all' and a.date = d.date
where d.dimension <> 'all'
group by d.dimension, d.date, a.closing, a.ended
having sum(d.closing) <> a.closing or sum(d.ended) <> a.ended
union all
select 'all' as dimension, 'pending' as dimension_value, max(d.date) as date
from open_cases as o
left join days as d on d.dimension = 'all' and d.next_date is null
group by o.pending
having coalesce(max(d.closing), 0) <> o.pending
