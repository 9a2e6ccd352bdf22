{# What texts are about, by the learned model: docs/text.md. What counts as a term here is what the model was taught by
   (cx_pipeline/science/topics.py). #}

{# The likeness to a topic from which a text is of it. #}
{% macro least_topic_score() %}{{ return(0.2) }}{% endmacro %}

{# Steps that end in `likest`: (text_number, topic, score, model_version), the topic that each text is most like, of those
   that hold a term of the model. `texts` has text_number and text; `model` version, topic, topic_name, term and weight,
   under topic 0 what the term weighs in a text. Words and pairs of Chinese signs are terms, each once in a text; sums are
   of decimals, so that their order is no matter. #}
{% macro likest_topics(texts, model) -%}
words as (

    select text_number, word, position from {{ words_of(texts, 'text_number', 'text') }} as w

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
    inner join {{ model }} as m on m.term = t.term and m.topic = 0

),

lengths as (

    select text_number, sum(weight * weight) as square
    from known
    group by text_number

),

sums as (

    select k.text_number, k.version, m.topic, sum(k.weight * m.weight) as weight
    from known as k
    inner join {{ model }} as m on m.term = k.term and m.topic > 0
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

)
{%- endmacro %}
