create table marts."fct_text_sentiment" as
-- Each text that a customer wrote, by what it says; the text itself is not shown.
with texts as (

    select * from "intermediate"."int_texts"

)

select
    t.entity || '/' || t.text_id as sentiment_id,
    t.entity,
    t.text_id,
    t.source,
    t.person_id,
    t.channel,
    t.aspect,
    t.language,
    t.is_language_stated,
    s.score,
    s.term_count,
    case
        when s.text is null then 'unknown_language'
        when s.term_count = 0 then 'no_word_known'
    end as unscored_reason,
    case when s.text is not null then case when s.score >= 0.05 then 'positive' when s.score <= -0.05 then 'negative' else 'neutral' end end as sentiment,
    '4565d02edfc3' as lexicon_version,
    t.said_at,
    cast(t.said_at as date) as local_date
from texts as t
left join "intermediate"."int_text_scores" as s on s.language = t.language and s.text = t.text;
