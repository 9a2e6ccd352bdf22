create table entities."experiment_exposures" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as experiment_id,
    cast(null as varchar) as arm,
    cast(null as varchar) as unit_token,
    cast(null as timestamp) as exposed_at
where false;
