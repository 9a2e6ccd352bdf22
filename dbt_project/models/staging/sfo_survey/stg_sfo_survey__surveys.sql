with answers as (

    select * from {{ ref('base_sfo_survey__answers') }}

)

select distinct
    'sfo_survey' as source,
    'sfo_customer_survey/' || wave || '/' || item_id as source_id,
    null as version_at,
    'sfo_customer_survey' as survey_id,
    wave,
    item_id,
    'csat' as kind,
    1 as scale_min,
    5 as scale_max,
    item_id as aspect,
    '1,2,3,4,5' as valid_codes
from answers
