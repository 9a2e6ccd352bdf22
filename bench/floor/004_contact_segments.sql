create table entities."contact_segments" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(contact_id as varchar) as contact_id,
    cast(kind as varchar) as kind,
    cast(started_at as timestamp) as started_at,
    cast(ended_at as timestamp) as ended_at,
    cast(agent_token as varchar) as agent_token,
    cast(queue as varchar) as queue
from "staging"."stg_connect__contact_segments";
