create table entities."responses" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(survey_id as varchar) as survey_id,
    cast(wave as varchar) as wave,
    cast(response_id as varchar) as response_id,
    cast(item_id as varchar) as item_id,
    cast(person_token as varchar) as person_token,
    cast(contact_id as varchar) as contact_id,
    cast(order_id as varchar) as order_id,
    cast(answered_at as timestamp) as answered_at,
    cast(score as decimal(18,2)) as score,
    cast(choice as varchar) as choice,
    cast(text_redacted as varchar) as text_redacted,
    cast(language as varchar) as language,
    cast(weight as decimal(18,6)) as weight,
    cast(stratum as varchar) as stratum
from "staging"."stg_qualtrics__responses";
