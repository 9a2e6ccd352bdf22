create table marts."agg_text_topics" as
-- Texts of a month by what they are about, as the learned model finds it: each distinct text is judged once. What it knows
-- no word of, or is like none of its topics, is of topic 0; without a model all texts are.
with told as (

    select
        s.entity,
        s.person_id,
        s.score,
        cast(date_trunc('month', s.local_date) as date) as month,
        t.text
    from "marts"."fct_text_sentiment" as s
    inner join "intermediate"."int_texts" as t on t.entity = s.entity and t.text_id = s.text_id
    where s.local_date is not null

),

texts as (

    select
        text,
        row_number() over (order by text) as text_number
    from (select distinct text from told) as d

),

words as (

    select text_number, word, position from /*engine*/ (
    select text_number, unnest(words) as word, unnest(range(len(words))) as position
    from (
        select text_number, regexp_extract_all(lower(replace(text, '’', '''')), '[a-zà-öø-ÿ]+(?:''[a-z]+)?|[一-鿿]|[.,!?;。，！？；]') as words
        from texts
    )
) /*end*/ as w

),

terms as (

    select text_number, word as term from words
    union
    select text_number, word || next_word as term
    from (
        select
            text_number,
            word,
            lead(word) over (partition by text_number order by position) as next_word
        from words
    ) as p
    where word between '一' and '鿿' and next_word between '一' and '鿿'

),

known as (

    select t.text_number, m.version, m.term, m.weight
    from terms as t
    inner join "landing"."topic_terms" as m on m.term = t.term and m.topic = 0

),

lengths as (

    select text_number, sum(weight * weight) as square
    from known
    group by text_number

),

sums as (

    select k.text_number, k.version, m.topic, sum(k.weight * m.weight) as weight
    from known as k
    inner join "landing"."topic_terms" as m on m.term = k.term and m.topic > 0
    group by k.text_number, k.version, m.topic

),

likenesses as (

    select
        s.text_number,
        s.topic,
        s.version as model_version,
        cast(
            round(cast(s.weight as double) / nullif(sqrt(cast(l.square as double)), 0), 4) as decimal(5, 4)
        ) as score
    from sums as s
    inner join lengths as l on l.text_number = s.text_number

),

ranked as (

    select
        *,
        row_number() over (partition by text_number order by score desc, topic) as place
    from likenesses

),

likest as (

    select text_number, topic, score, model_version from ranked where place = 1

),

topics as (

    select distinct topic, topic_name from "landing"."topic_terms"

),

judged as (

    select
        d.*,
        case when l.score >= 0.2 then l.topic else 0 end as topic
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
    case when s.month_text_count > 0 then least(greatest(
    cast((cast(s.text_count as double) / nullif(s.month_text_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * s.month_text_count, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(s.text_count as double) / nullif(s.month_text_count, 0)) * (1 - (cast(s.text_count as double) / nullif(s.month_text_count, 0))) as double) / nullif(s.month_text_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(s.month_text_count as double) * s.month_text_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(s.month_text_count, 0), 0),
    0.0), 1.0) end as low,
    case when s.month_text_count > 0 then least(greatest(
    cast((cast(s.text_count as double) / nullif(s.month_text_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * s.month_text_count, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(s.text_count as double) / nullif(s.month_text_count, 0)) * (1 - (cast(s.text_count as double) / nullif(s.month_text_count, 0))) as double) / nullif(s.month_text_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(s.month_text_count as double) * s.month_text_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(s.month_text_count, 0), 0),
    0.0), 1.0) end as high,
    s.person_count,
    s.unknown_person_text_count,
    s.scored_count,
    s.score_sum,
    cast(s.score_sum as double) / nullif(s.scored_count, 0) as mean_score,
    (select max(version) from "landing"."topic_terms") as model_version
from summed as s
left join topics as t on t.topic = s.topic;
