{{ config(meta={'dagster': {'ref': {'name': 'agg_text_topics'}}}) }}
-- The topics of a month sum to its texts, in number and in what they say, hold its persons (each in one topic or more), and
-- are named by the model, or are none. A row here is a month and kind of text of which that is not so.
with counted as (

    select
        cast(date_trunc('month', local_date) as date) as month,
        entity,
        count(*) as given,
        count(score) as scored,
        coalesce(sum(score), 0) as score_sum,
        count(distinct person_id) as persons,
        count(case when person_id is null then 1 end) as of_nobody,
        0 as told,
        0 as told_scored,
        0 as told_sum,
        0 as told_persons,
        0 as told_of_nobody,
        0 as wrong
    from {{ ref('fct_text_sentiment') }}
    where local_date is not null
    group by 1, 2
    union all
    select
        a.month,
        a.entity,
        0,
        0,
        0,
        0,
        0,
        a.text_count,
        a.scored_count,
        coalesce(a.score_sum, 0),
        a.person_count,
        a.unknown_person_text_count,
        case
            when a.month_text_count is null or a.month_text_count < a.text_count then 1
            when a.person_count + a.unknown_person_text_count > a.text_count then 1
            when coalesce(a.low - a.share > 0.000001 or a.share - a.high > 0.000001, true) then 1
            when a.topic = 0 and a.topic_name = 'none' then 0
            when t.topic_name = a.topic_name and a.topic > 0 and a.model_version = t.version then 0
            else 1
        end
    from {{ ref('agg_text_topics') }} as a
    left join (select distinct version, topic, topic_name from {{ source('learned', 'topic_terms') }}) as t
        on t.topic = a.topic

)

select
    month,
    entity,
    sum(given) as given,
    sum(told) as told
from counted
group by month, entity
having sum(given) <> sum(told) or sum(scored) <> sum(told_scored) or sum(score_sum) <> sum(told_sum)
    or sum(persons) > sum(told_persons) or sum(of_nobody) <> sum(told_of_nobody)
    or sum(wrong) > 0 or sum(told) is null
