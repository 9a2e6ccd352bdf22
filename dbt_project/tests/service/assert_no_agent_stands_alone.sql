-- An agent is told alone only in a team of five or more; the contacts of all rows are those of fct_contacts and its stretches.
-- A row here is a month of which one of these does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'agg_agents'}}}) }}
with worked as (

    select
        f.source,
        cast(date_trunc('month', f.local_date) as date) as month,
        count(*) as contacts
    from {{ ref('fct_contacts') }} as f
    left join (
        select distinct source || '/' || contact_id as contact_id, agent_token
        from {{ ref('contact_segments') }}
        where agent_token is not null and kind in ('talk', 'hold', 'wrap_up')
    ) as s on s.contact_id = f.contact_id
    where f.excluded_reason is null and f.local_date is not null and coalesce(s.agent_token, f.agent_token) is not null
    group by f.source, cast(date_trunc('month', f.local_date) as date)

),

told as (

    select source, month, sum(contacts) as contacts
    from {{ ref('agg_agents') }}
    group by source, month

),

teams as (

    select
        source,
        month,
        count(*) as agents
    from {{ ref('agg_agents') }}
    where agent_token <> 'together'
    group by source, month, team

)

select coalesce(w.source, t.source) as source, coalesce(w.month, t.month) as month
from worked as w
full join told as t on t.source = w.source and t.month = w.month
where w.contacts is distinct from t.contacts
union all
select source, month from teams where agents < 5
union all
select source, month
from {{ ref('agg_agents') }}
where (agent_token <> 'together' and (agents <> 1 or team = 'small teams'))
    or handled > contacts or transferred > contacts or judged > contacts or resolved > judged
    or (handled > 0 and abs(aht * handled - cast(handle_seconds as double)) > 0.01)
