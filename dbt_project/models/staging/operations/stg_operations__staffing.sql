-- An interval that runs into the next one of the same agent and queue ends where that begins: what is told of the later
-- start is told of that time.
with source as (

    select
        *,
        lead(started_at) over (partition by agent_id, queue order by started_at, _key) as next_at
    from {{ rows_of('operations', 'staffing') }}

)

select
    'operations' as source,
    cast(_key as varchar) as source_id,
    updated_at as version_at,
    agent_id as agent_token,
    queue,
    lower(state) as state,
    started_at,
    case when next_at < ended_at then next_at else ended_at end as ended_at,
    planned_agents
from source
