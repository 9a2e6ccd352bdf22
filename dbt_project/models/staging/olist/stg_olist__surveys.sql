-- One standing survey after each order; a wave is the month in which it was sent.
with waves as (

    select distinct cast(review_creation_date as date) as sent_date
    from {{ rows_of('olist', 'order_reviews') }}

),

months as (

    select distinct substr(cast(sent_date as varchar), 1, 7) as wave
    from waves

)

select
    'olist' as source,
    'order_review/' || wave || '/score' as source_id,
    null as version_at,
    'order_review' as survey_id,
    wave,
    'score' as item_id,
    'csat' as kind,
    1 as scale_min,
    5 as scale_max,
    'overall' as aspect,
    '1,2,3,4,5' as valid_codes
from months
