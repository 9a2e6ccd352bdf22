create table entities."external_figures" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as metric,
    cast(null as varchar) as sector,
    cast(null as varchar) as place,
    cast(null as varchar) as period,
    cast(null as decimal(18,6)) as value,
    cast(null as bigint) as n,
    cast(null as varchar) as source_name,
    cast(null as varchar) as licence,
    cast(null as varchar) as status
where false;
