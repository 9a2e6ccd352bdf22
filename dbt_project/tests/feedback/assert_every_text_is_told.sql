{{ config(meta={'dagster': {'ref': {'name': 'fct_text_sentiment'}}}) }}
-- Each text of a customer has one row, and the weeks' figures sum to those of a known day: a row here is a text that was
-- lost or counted twice between the sources and the weeks.
with counted as (

    select entity, source, count(*) as given, 0 as told, 0 as dated, 0 as weekly, 0 as parts
    from {{ ref('int_texts') }}
    group by entity, source
    union all
    select entity, source, 0, count(*), count(local_date), 0, 0 from {{ ref('fct_text_sentiment') }} group by entity, source
    union all
    select
        entity,
        source,
        0,
        0,
        0,
        sum(text_count),
        sum(positive_count + neutral_count + negative_count + unscored_count)
    from {{ ref('agg_text_sentiment') }}
    group by entity, source

)

select
    entity,
    source,
    sum(given) as given,
    sum(told) as told,
    sum(dated) as dated,
    sum(weekly) as weekly,
    sum(parts) as parts
from counted
group by entity, source
having sum(given) <> sum(told) or sum(dated) <> sum(weekly) or sum(weekly) <> sum(parts)
    or sum(parts) is null
