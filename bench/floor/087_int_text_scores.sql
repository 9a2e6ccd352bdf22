create table intermediate."int_text_scores" as
-- Each distinct text of a language, scored once: the words that it holds of the lexicon, turned by what stands before them.
with texts as (

    select
        language,
        text,
        row_number() over (order by language, text) as text_number
    from (select distinct language, text from "intermediate"."int_texts") as d
    where language in (select distinct language from "intermediate"."int_text_terms")

),

hits as (

    select w.text_number, w.position, w.position + 1 as ends_at, e.kind, e.weight
    from /*engine*/ (
    select text_number, language, unnest(words) as word, unnest(range(len(words))) as position
    from (
        select text_number, language, regexp_extract_all(lower(replace(text, '’', '''')), '[a-zà-öø-ÿ]+(?:''[a-z]+)?|[一-鿿]|[.,!?;。，！？；]') as words
        from (select * from texts where language <> 'zh')
    )
) /*end*/ as w
    inner join "intermediate"."int_text_terms" as e on e.language = w.language and e.term = w.word

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
    from /*engine*/ (
    select text_number, unnest(words) as word, unnest(range(len(words))) as position
    from (
        select text_number, regexp_extract_all(lower(replace(text, '’', '''')), '[a-zà-öø-ÿ]+(?:''[a-z]+)?|[一-鿿]|[.,!?;。，！？；]') as words
        from (select * from texts where language = 'zh')
    )
) /*end*/ as w

),

chinese_hits as (
    select w.text_number, w.position, w.position + 1 as ends_at, e.kind, e.weight
    from signs as w
    inner join "intermediate"."int_text_terms" as e on e.language = 'zh' and e.size = 1
        and e.term = w.word_1 union all
    select w.text_number, w.position, w.position + 2 as ends_at, e.kind, e.weight
    from signs as w
    inner join "intermediate"."int_text_terms" as e on e.language = 'zh' and e.size = 2
        and e.term = w.word_1 || w.word_2 union all
    select w.text_number, w.position, w.position + 3 as ends_at, e.kind, e.weight
    from signs as w
    inner join "intermediate"."int_text_terms" as e on e.language = 'zh' and e.size = 3
        and e.term = w.word_1 || w.word_2 || w.word_3 union all
    select w.text_number, w.position, w.position + 4 as ends_at, e.kind, e.weight
    from signs as w
    inner join "intermediate"."int_text_terms" as e on e.language = 'zh' and e.size = 4
        and e.term = w.word_1 || w.word_2 || w.word_3 || w.word_4

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
        max(case when kind = 'negation' then ends_at end) over (
            partition by text_number order by position rows between unbounded preceding and 1 preceding
        ) as negation_ended_at,
        max(case when kind = 'stop' then ends_at end) over (
            partition by text_number order by position rows between unbounded preceding and 1 preceding
        ) as stop_ended_at,
        max(case when kind in ('booster', 'damper') then ends_at end) over (
            partition by text_number order by position rows between unbounded preceding and 1 preceding
        ) as modifier_ended_at,
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

select
    t.language,
    t.text,
    coalesce(s.score, cast(0 as decimal(5, 4))) as score,
    coalesce(s.term_count, 0) as term_count
from texts as t
left join scores as s on s.text_number = t.text_number;
