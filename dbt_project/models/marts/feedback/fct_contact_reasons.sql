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
    from {{ ref('fct_contacts') }} as c
    left join {{ ref('int_texts') }} as x on x.entity = 'contact' and x.text_id = c.contact_id

),

texts as (

    select
        text,
        row_number() over (order by text) as text_number
    from (select distinct text from contacts where reason is null and text is not null) as d

),

{{ likeliest_reasons('texts', source('learned', 'reason_terms')) }},

judged as (

    select
        c.*,
        l.score,
        l.model_version,
        case when l.score >= {{ least_reason_score() }} then l.reason end as predicted
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
        when not exists (select 1 from {{ source('learned', 'reason_terms') }}) then 'no_model'
        when text is null then 'no_text'
        when score is null then 'no_term_known'
        else 'too_uncertain'
    end as unknown_reason,
    score,
    model_version,
    opened_at,
    local_date
from judged
