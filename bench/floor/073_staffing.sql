create table entities."staffing" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as agent_token,
    cast(null as varchar) as queue,
    cast(null as varchar) as state,
    cast(null as timestamp) as started_at,
    cast(null as timestamp) as ended_at,
    cast(null as integer) as planned_agents
where false;
