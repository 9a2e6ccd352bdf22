create table marts."fct_contact_reasons" as
-- Each contact by why the customer called. What the source says stands; the model judges the subjects of the others, each
-- distinct text once, and what it is not sure of stays unknown.
with contacts as (

    select
        c.contact_id,
        c.source,
        c.person_id,
        c.channel,
        c.reason,
        x.text,
        c.opened_at,
        c.local_date
    from "marts"."fct_contacts" as c
    left join "intermediate"."int_texts" as x on x.entity = 'contact' and x.text_id = c.contact_id

),

texts as (

    select
        text,
        row_number() over (order by text) as text_number
    from (select distinct text from contacts where reason is null and text is not null) as d

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
    select text_number, word || ' ' || lead(word) over (partition by text_number order by position) as term from words

),

sums as (

    select t.text_number, m.reason, count(*) as term_count, sum(m.weight) as weight
    from terms as t
    inner join "landing"."reason_terms" as m on m.term = t.term
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
    inner join "landing"."reason_terms" as i on i.reason = s.reason and i.term = ''

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

),

judged as (

    select
        c.*,
        l.score,
        l.model_version,
        case when l.score >= 0.5 then l.reason end as predicted
    from contacts as c
    left join texts as t on t.text = c.text and c.reason is null
    left join likeliest as l on l.text_number = t.text_number

)

select
    contact_id,
    source,
    person_id,
    channel,
    coalesce(reason, predicted) as reason,
    case when reason is not null then 'given' when predicted is not null then 'predicted' else 'unknown' end as basis,
    case
        when reason is not null or predicted is not null then null
        when not exists (select 1 from "landing"."reason_terms") then 'no_model'
        when text is null then 'no_text'
        when score is null then 'no_term_known'
        else 'too_uncertain'
    end as unknown_reason,
    score,
    model_version,
    opened_at,
    local_date
from judged;
