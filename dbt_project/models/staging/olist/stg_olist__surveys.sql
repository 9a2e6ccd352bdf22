-- One standing survey, asked after each order: it has no waves. Known once an answer was delivered.
with source as (

    select * from {{ rows_of('olist', 'order_reviews') }}

)

select distinct
    'olist' as source,
    'order_review/score' as source_id,
    null as version_at,
    'order_review' as survey_id,
    null as wave,
    'score' as item_id,
    'csat' as kind,
    1 as scale_min,
    5 as scale_max,
    'overall' as aspect,
    '1,2,3,4,5' as valid_codes
from source
