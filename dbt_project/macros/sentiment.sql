{# What a text says of the thing it is about, by the words of the lexicon: docs/text.md. The rules are those of VADER,
   without capitals and marks of emphasis, and with the languages and the negation of our own. #}

{# The language of a text that nobody told: Chinese by its signs, Portuguese by its small words, else English. #}
{% macro language_of(text) -%}
case
        when {{ regexp_match(text, '[一-鿿]') }} then 'zh'
        when {{ regexp_match("' ' || lower(" ~ text ~ ") || ' '",
            '[ãõç]|[^a-z](não|nao|muito|muita|com|uma|para|foi|meu|minha|chegou|produto|entrega|recomendo|ainda|antes|prazo|bom|boa|ruim|tudo|mais|recebi|comprei|obrigad[oa]|nem)[^a-z]') }} then 'pt'
        else 'en'
    end
{%- endmacro %}

{# Steps that end in `scores`: (text_number, score, term_count) of each text that holds a word of the lexicon. `texts` has
   text_number, language and text. #}
{% macro text_scores(texts, terms) -%}
hits as (

    select w.text_number, w.position, w.position + 1 as ends_at, e.kind, e.weight
    from {{ words_of("(select * from " ~ texts ~ " where language <> 'zh')", 'text_number, language', 'text') }} as w
    inner join {{ terms }} as e on e.language = w.language and e.term = w.word

),

-- Chinese writes no spaces: any one to four characters may be a term
signs as (

    select
        text_number,
        position,
        word as word_1,
        lead(word, 1) over (partition by text_number order by position) as word_2,
        lead(word, 2) over (partition by text_number order by position) as word_3,
        lead(word, 3) over (partition by text_number order by position) as word_4
    from {{ words_of("(select * from " ~ texts ~ " where language = 'zh')", 'text_number', 'text') }} as w

),

chinese_hits as (

{%- for size in [1, 2, 3, 4] %}
    select w.text_number, w.position, w.position + {{ size }} as ends_at, e.kind, e.weight
    from signs as w
    inner join {{ terms }} as e on e.language = 'zh' and e.size = {{ size }}
        and e.term = w.word_1{% for n in range(2, size + 1) %} || w.word_{{ n }}{% endfor %}
    {{- ' union all' if not loop.last }}
{%- endfor %}

),

-- of Chinese terms within each other the longest counts
whole as (

    select text_number, position, ends_at, kind, weight
    from (
        select
            *,
            max(ends_at) over (
                partition by text_number order by position, ends_at desc rows between unbounded preceding and 1 preceding
            ) as covered_to
        from chinese_hits
    ) as h
    where covered_to is null or ends_at > covered_to
    union all
    select text_number, position, ends_at, kind, weight from hits

),

placed as (

    select
        text_number,
        position,
        kind,
        weight,
        {%- for kind in ['negation', 'stop', 'modifier'] %}
        max(case when kind {{ "in ('booster', 'damper')" if kind == 'modifier' else "= '" ~ kind ~ "'" }} then ends_at end) over (
            partition by text_number order by position rows between unbounded preceding and 1 preceding
        ) as {{ kind }}_ended_at,
        {%- endfor %}
        lag(weight) over (partition by text_number order by position) as weight_before,
        max(case when kind = 'turn' then position end) over (
            partition by text_number order by position rows between unbounded preceding and unbounded following
        ) as turned_at
    from whole

),

valued as (

    select
        text_number,
        cast(
            case
                when kind = 'negation' then weight
                -- a negation reaches three words on, within its clause
                when position - negation_ended_at < 3 and coalesce(negation_ended_at > stop_ended_at, true)
                    then -0.75 * weight
                when position = modifier_ended_at then weight + sign(weight) * weight_before
                else weight
            end
            * case when position < turned_at then 0.5 when position > turned_at then 1.5 else 1.0 end
            as decimal(18, 6)
        ) as value
    from placed
    where kind in ('term', 'negation')

),

sums as (

    select
        text_number,
        cast(sum(value) as decimal(18, 6)) as value,
        count(*) as term_count
    from valued
    group by text_number

),

scores as (

    select
        text_number,
        term_count,
        cast(round(cast(value as double) / nullif(sqrt(cast(value * value as double) + 15), 0), 4) as decimal(5, 4)) as score
    from sums

)
{%- endmacro %}

{# The class of a score: as VADER draws the lines. #}
{% macro sentiment_of(score) -%}
case when {{ score }} >= 0.05 then 'positive' when {{ score }} <= -0.05 then 'negative' else 'neutral' end
{%- endmacro %}
