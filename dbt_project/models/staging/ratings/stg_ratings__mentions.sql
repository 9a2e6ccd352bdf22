with source as (

    select * from {{ rows_of('ratings', 'ratings') }}

)

select
    'ratings' as source,
    cast(_key as varchar) as source_id,
    null as version_at,
    reviewer_id as author_token,
    'vendor_ratings' as platform,
    rated_at as posted_at,
    rating as score,
    null as text_redacted,
    null as language,
    null as reach,
    null as parent_id,
    null as brand_replied_at,
    null as deleted_at
from source
