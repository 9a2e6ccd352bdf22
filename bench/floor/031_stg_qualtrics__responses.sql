create view staging."stg_qualtrics__responses" as
with source as (

    select * from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_qualtrics"."responses" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
    -- codes and labels of previews and tests, also where they are marked as spam
    where status is null or status not in ('1', '2', '9', '17', 'Survey Preview', 'Survey Test')

),

answers as (

    select
        survey_id,
        wave,
        response_id,
        'q1_nps' as item_id,
        coalesce(external_reference, recipient_email) as person_token,
        connect_contact_id as contact_id,
        recorded_date,
        q1_nps as score,
        null as choice,
        null as text_redacted,
        lower(user_language) as language
    from source
    where q1_nps is not null

    union all

    select
        survey_id,
        wave,
        response_id,
        'q2_csat' as item_id,
        coalesce(external_reference, recipient_email) as person_token,
        connect_contact_id as contact_id,
        recorded_date,
        q2_csat as score,
        null as choice,
        null as text_redacted,
        lower(user_language) as language
    from source
    where q2_csat is not null

    union all

    select
        survey_id,
        wave,
        response_id,
        'q3_ces' as item_id,
        coalesce(external_reference, recipient_email) as person_token,
        connect_contact_id as contact_id,
        recorded_date,
        q3_ces as score,
        null as choice,
        null as text_redacted,
        lower(user_language) as language
    from source
    where q3_ces is not null

    union all

    select
        survey_id,
        wave,
        response_id,
        'q4_fcr' as item_id,
        coalesce(external_reference, recipient_email) as person_token,
        connect_contact_id as contact_id,
        recorded_date,
        null as score,
        case q4_fcr when 1 then 'yes' when 2 then 'no' else cast(q4_fcr as varchar) end as choice,
        null as text_redacted,
        lower(user_language) as language
    from source
    where q4_fcr is not null

    union all

    select
        survey_id,
        wave,
        response_id,
        'q5_text' as item_id,
        coalesce(external_reference, recipient_email) as person_token,
        connect_contact_id as contact_id,
        recorded_date,
        null as score,
        null as choice,
        q5_text as text_redacted,
        lower(user_language) as language
    from source
    where q5_text is not null

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
from answers;
