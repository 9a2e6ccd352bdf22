{# Why customers call, by the learned model: docs/text.md. What counts as a term here is what the model was taught by
   (cx_pipeline/science/reasons.py). #}

{# The probability from which a reason is told. #}
{% macro least_reason_score() %}{{ return(0.5) }}{% endmacro %}

{# Steps that end in `likeliest`: (text_number, reason, score, model_version), the likeliest reason of each text that holds
   a term of the model, and its probability. `texts` has text_number and text; `model` version, reason, term and weight.
   A text is the terms that it holds, together of length one; sums are of decimals, so that their order is no matter. #}
{% macro likeliest_reasons(texts, model) -%}
words as (

    select text_number, word, position from {{ words_of(texts, 'text_number', 'text') }} as w

),

terms as (

    select text_number, word as term from words
    union
    select text_number, word || ' ' || lead(word) over (partition by text_number order by position) as term from words

),

sums as (

    select t.text_number, m.reason, count(*) as term_count, sum(m.weight) as weight
    from terms as t
    inner join {{ model }} as m on m.term = t.term
    where t.term <> ''
    group by t.text_number, m.reason

),

leaning as (

    select
        s.text_number,
        s.reason,
        i.version as model_version,
        cast(round(cast(s.weight as double) / nullif(sqrt(cast(s.term_count as double)), 0), 6) as decimal(18, 6))
            + i.weight as weight
    from sums as s
    inner join {{ model }} as i on i.reason = s.reason and i.term = ''

),

placed as (

    select
        text_number,
        reason,
        model_version,
        row_number() over (partition by text_number order by weight desc, reason) as place,
        cast(
            exp(cast(weight - max(weight) over (partition by text_number) as double)) as decimal(18, 12)
        ) as part
    from leaning

),

shared as (

    select
        *,
        sum(part) over (partition by text_number) as whole
    from placed

),

likeliest as (

    select
        text_number,
        reason,
        model_version,
        cast(round(cast(part as double) / nullif(cast(whole as double), 0), 4) as decimal(5, 4)) as score
    from shared
    where place = 1

)
{%- endmacro %}
