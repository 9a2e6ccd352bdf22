-- A version of a policy holds until its next one, for all its metrics: one that the next version lacks is no promise
-- any more. Its business clock follows the schedules of the ticket.
with source as (

    select * from {{ rows_of('zendesk', 'sla_policy_metrics') }}

),

versions as (

    select
        sla_policy_id,
        sla_policy_updated_at,
        lead(sla_policy_updated_at) over (partition by sla_policy_id order by sla_policy_updated_at) as replaced_at
    from source
    group by sla_policy_id, sla_policy_updated_at

)

select
    'zendesk' as source,
    cast(p._key as varchar) as source_id,
    p.synced_at as version_at,
    cast(p.sla_policy_id as varchar) as policy,
    p.priority,
    p.metric,
    p.target as target_minutes,
    case when p.business_hours then 'business' else 'calendar' end as clock,
    null as schedule_id,
    p.sla_policy_updated_at as valid_from,
    v.replaced_at as valid_to
from source as p
inner join versions as v
    on v.sla_policy_id = p.sla_policy_id and v.sla_policy_updated_at = p.sla_policy_updated_at
