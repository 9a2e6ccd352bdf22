-- Each contact of a customer that was taken up is judged once, or says why not; who is back in the channel is back; nobody is
-- judged before the window has passed. A row here is a contact of which one of these does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'fct_resolutions'}}}) }}
with taken_up as (

    select contact_id, excluded_reason, person_id, local_date
    from {{ ref('fct_contacts') }}
    where coalesce(direction, 'inbound') <> 'outbound' and (reached_agent or excluded_reason is not null)

)

select coalesce(t.contact_id, r.contact_id) as contact_id
from taken_up as t
full join {{ ref('fct_resolutions') }} as r on r.contact_id = t.contact_id
left join (
    select contact_id from {{ ref('fct_case_times') }} where measure = 'full_resolution'
) as c on c.contact_id = r.contact_id
where r.contact_id is null
    or (t.contact_id is null and c.contact_id is null)
    or (t.excluded_reason is not null and r.excluded_reason is distinct from t.excluded_reason)
    or (r.is_back_in_channel and not r.is_back)
    or r.is_back is null
    or (r.excluded_reason is null
        and (r.person_id is null or r.reason is null or r.decided_at > {{ as_of_at() }}
            or r.is_back_in_channel is distinct from coalesce(r.same_channel_at <= r.decided_at, false)))
    or (r.excluded_reason = 'pending' and r.decided_at <= {{ as_of_at() }})
