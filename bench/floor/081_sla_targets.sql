create table entities."sla_targets" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as contact_id,
    cast(null as varchar) as policy,
    cast(null as timestamp) as applied_at
where false;
