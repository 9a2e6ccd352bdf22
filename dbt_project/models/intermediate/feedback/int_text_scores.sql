-- Each distinct text of a language, scored once: the words that it holds of the lexicon, turned by what stands before them.
with texts as (

    select
        language,
        text,
        row_number() over (order by language, text) as text_number
    from (select distinct language, text from {{ ref('int_texts') }}) as d
    where language in (select distinct language from {{ ref('int_text_terms') }})

),

{{ text_scores('texts', ref('int_text_terms')) }}

select
    t.language,
    t.text,
    coalesce(s.score, cast(0 as decimal(5, 4))) as score,
    coalesce(s.term_count, 0) as term_count
from texts as t
left join scores as s on s.text_number = t.text_number
