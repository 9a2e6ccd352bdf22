-- A deleted post is gone, whether its deletion came before it or after. Our own replies tell when we answered.
with deletions as (

    select
        platform,
        post_id
    from {{ rows_of('social', 'deletions') }}
    group by platform, post_id

),

posts as (

    select p.*
    from {{ rows_of('social', 'posts') }} as p
    left join deletions as d on d.platform = p.platform and d.post_id = p.post_id
    where d.post_id is null

),

replies as (

    select
        platform,
        parent_id,
        min(created_at) as replied_at
    from posts
    where is_brand and parent_id is not null
    group by platform, parent_id

)

select
    'social' as source,
    p.platform || '/' || p.post_id as source_id,
    p.updated_at as version_at,
    p.author as author_token,
    p.platform,
    p.created_at as posted_at,
    p.rating as score,
    p.text as text_redacted,
    p.language,
    p.reach,
    p.platform || '/' || p.parent_id as parent_id,
    r.replied_at as brand_replied_at,
    null as deleted_at
from posts as p
left join replies as r on r.platform = p.platform and r.parent_id = p.post_id
where not coalesce(p.is_brand, false)
