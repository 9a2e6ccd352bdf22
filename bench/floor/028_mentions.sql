create table entities."mentions" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as author_token,
    cast(null as varchar) as platform,
    cast(null as timestamp) as posted_at,
    cast(null as decimal(18,2)) as score,
    cast(null as varchar) as text_redacted,
    cast(null as varchar) as language,
    cast(null as bigint) as reach,
    cast(null as varchar) as parent_id,
    cast(null as timestamp) as brand_replied_at,
    cast(null as timestamp) as deleted_at
where false;
