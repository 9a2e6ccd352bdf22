-- Why: what no stage rule knows has no place in stages, funnels and shares of a stage. More than one touchpoint in twenty
-- without one says that a source brings something new: add a rule to stage_rules and raise its version.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'fct_touchpoints'}}}) }}

select
    touchpoint_count,
    unclassified_count
from (
    select
        count(*) as touchpoint_count,
        count(case when stage = 'unclassified' then 1 end) as unclassified_count
    from {{ ref('fct_touchpoints') }}
) as t
where 20 * unclassified_count > touchpoint_count
