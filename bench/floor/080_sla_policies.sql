create table entities."sla_policies" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as policy,
    cast(null as varchar) as priority,
    cast(null as varchar) as metric,
    cast(null as bigint) as target_minutes,
    cast(null as varchar) as clock,
    cast(null as varchar) as schedule_id,
    cast(null as timestamp) as valid_from,
    cast(null as timestamp) as valid_to
where false;
