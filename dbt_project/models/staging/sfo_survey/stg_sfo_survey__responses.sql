-- Only the year of a wave is known of every response: it stands for the moment of the answer.
with answers as (

    select * from {{ ref('base_sfo_survey__answers') }}

)

select
    'sfo_survey' as source,
    response_id || '/' || item_id as source_id,
    null as version_at,
    'sfo_customer_survey' as survey_id,
    wave,
    response_id,
    item_id,
    null as person_token,
    null as contact_id,
    null as order_id,
    answered_at,
    score,
    null as choice,
    null as text_redacted,
    language,
    weight,
    stratum
from answers
