create table entities."tasks" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as person_token,
    cast(null as varchar) as contact_id,
    cast(null as varchar) as response_id,
    cast(null as varchar) as kind,
    cast(null as varchar) as owner_token,
    cast(null as timestamp) as created_at,
    cast(null as timestamp) as due_at,
    cast(null as timestamp) as done_at,
    cast(null as varchar) as outcome
where false;
