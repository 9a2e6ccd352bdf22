create table marts."agg_text_sentiment" as
-- Texts of a week by what they are, what they are about, and what they say.
with weekly as (

    select
        *,
        local_date - (/*engine*/ cast(isodow(local_date) as integer) /*end*/ - 1) as week
    from "marts"."fct_text_sentiment"
    where local_date is not null

)

select
    cast(week as date) as week,
    entity,
    source,
    coalesce(channel, 'unknown') as channel,
    coalesce(aspect, 'none') as aspect,
    language,
    count(*) as text_count,
    count(case when sentiment = 'positive' then 1 end) as positive_count,
    count(case when sentiment = 'neutral' then 1 end) as neutral_count,
    count(case when sentiment = 'negative' then 1 end) as negative_count,
    count(case when sentiment is null then 1 end) as unscored_count,
    cast(sum(score) as decimal(18, 4)) as score_sum
from weekly
group by 1, 2, 3, 4, 5, 6;
