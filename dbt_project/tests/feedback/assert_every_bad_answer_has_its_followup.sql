{{ config(meta={'dagster': {'ref': {'name': 'fct_followups'}}}) }}
-- Each counted detractor, and each counted answer in the lower two boxes of a satisfaction or effort scale, is one row
-- of fct_followups, whether somebody came back or not.
with counted as (

    select answer_id, 1 as given, 0 as told
    from {{ ref('fct_responses') }}
    where is_counted
        and (nps_bucket = 'detractor' or kind in ('csat', 'ces') and score <= scale_min + 1)
    union all
    select answer_id, 0, 1 from {{ ref('fct_followups') }}

)

select
    answer_id,
    sum(given) as given,
    sum(told) as told
from counted
group by answer_id
having sum(given) <> sum(told)
