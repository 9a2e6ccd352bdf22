create table entities."outages" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as channel,
    cast(null as timestamp) as started_at,
    cast(null as timestamp) as ended_at
where false;
