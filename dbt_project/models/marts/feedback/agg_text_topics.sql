-- Texts of a month by what they are about, as the learned model finds it: each distinct text is judged once. What it knows
-- no word of, or is like none of its topics, is of topic 0; without a model all texts are.
with told as (

    select
        s.entity,
        s.person_id,
        s.score,
        cast(date_trunc('month', s.local_date) as date) as month,
        t.text
    from {{ ref('fct_text_sentiment') }} as s
    inner join {{ ref('int_texts') }} as t on t.entity = s.entity and t.text_id = s.text_id
    where s.local_date is not null

),

texts as (

    select
        text,
        row_number() over (order by text) as text_number
    from (select distinct text from told) as d

),

{{ likest_topics('texts', source('learned', 'topic_terms')) }},

topics as (

    select distinct topic, topic_name from {{ source('learned', 'topic_terms') }}

),

judged as (

    select
        d.*,
        case when l.score >= {{ least_topic_score() }} then l.topic else 0 end as topic
    from told as d
    inner join texts as t on t.text = d.text
    left join likest as l on l.text_number = t.text_number

),

counted as (

    select
        month,
        entity,
        topic,
        count(*) as text_count,
        count(distinct person_id) as person_count,
        count(case when person_id is null then 1 end) as unknown_person_text_count,
        count(score) as scored_count,
        cast(sum(score) as decimal(18, 4)) as score_sum
    from judged
    group by month, entity, topic

),

summed as (

    select
        *,
        cast(sum(text_count) over (partition by month, entity) as bigint) as month_text_count
    from counted

)

select
    s.month,
    s.entity,
    s.topic,
    coalesce(t.topic_name, 'none') as topic_name,
    s.text_count,
    s.month_text_count,
    cast(s.text_count as double) / nullif(s.month_text_count, 0) as share,
    {{ wilson_bound('low', 's.text_count', 's.month_text_count') }} as low,
    {{ wilson_bound('high', 's.text_count', 's.month_text_count') }} as high,
    s.person_count,
    s.unknown_person_text_count,
    s.scored_count,
    s.score_sum,
    cast(s.score_sum as double) / nullif(s.scored_count, 0) as mean_score,
    (select max(version) from {{ source('learned', 'topic_terms') }}) as model_version
from summed as s
left join topics as t on t.topic = s.topic
