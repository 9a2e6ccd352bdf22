-- Each answer is in one wave of its item, and a share lies within its bounds (a score of few answers may lie beside those of the
-- adjusted Wald). A row here is a survey of which this does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'agg_survey_waves'}}}) }}
with told as (

    select
        source,
        survey_id,
        sum(n + excluded_count + other_scale_count) as answers,
        max(case when (n > 0 and value is null) or low > high or (kind <> 'nps' and (value < low - 0.000001 or value > high + 0.000001))
            or p_adjusted < p_value - 0.000001 or p_adjusted > 1 then 1 else 0 end) as is_wrong
    from {{ ref('agg_survey_waves') }}
    group by source, survey_id

),

given as (

    select source, survey_id, count(*) as answers
    from {{ ref('fct_responses') }}
    where kind in ('nps', 'csat', 'ces', 'fcr')
    group by source, survey_id

)

select coalesce(g.source, t.source) as source, coalesce(g.survey_id, t.survey_id) as survey_id
from given as g
full join told as t on t.source = g.source and t.survey_id = g.survey_id
where true is distinct from (g.answers = t.answers and t.is_wrong = 0)
