with source as (

    select * from {{ rows_of('qualtrics', 'responses') }}
    -- codes and labels of previews and tests, also where they are marked as spam
    where status is null or status not in ('1', '2', '9', '17', 'Survey Preview', 'Survey Test')

),

answers as (
{%- for item, score, choice, text in [
    ('q1_nps', 'q1_nps', 'null', 'null'),
    ('q2_csat', 'q2_csat', 'null', 'null'),
    ('q3_ces', 'q3_ces', 'null', 'null'),
    ('q4_fcr', 'null', "case q4_fcr when 1 then 'yes' when 2 then 'no' else cast(q4_fcr as varchar) end", 'null'),
    ('q5_text', 'null', 'null', 'q5_text'),
] %}
{%- if not loop.first %}

    union all
{%- endif %}

    select
        survey_id,
        wave,
        response_id,
        '{{ item }}' as item_id,
        coalesce(external_reference, recipient_email) as person_token,
        connect_contact_id as contact_id,
        recorded_date,
        {{ score }} as score,
        {{ choice }} as choice,
        {{ text }} as text_redacted,
        lower(user_language) as language
    from source
    where {{ item }} is not null
{%- endfor %}

)

select
    'qualtrics' as source,
    response_id || '/' || item_id as source_id,
    recorded_date as version_at,
    survey_id,
    wave,
    response_id,
    item_id,
    person_token,
    contact_id,
    null as order_id,
    recorded_date as answered_at,
    score,
    choice,
    text_redacted,
    language,
    null as weight,
    null as stratum
from answers
