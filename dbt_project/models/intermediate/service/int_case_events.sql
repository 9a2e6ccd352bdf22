-- What happened to each case, in order; of one moment, events come in the order of their ids. Contacts are numbered: what
-- follows sorts and joins millions of events by a number.
select
    k.contact_number,
    row_number() over (partition by k.contact_number order by e.occurred_at, e.source_id) as place,
    e.source_id as event_id,
    e.kind,
    e.actor,
    {{ case_state('e.kind', 'e.to_value') }} as state,
    {{ epoch_us('e.occurred_at') }} as at_us,
    {{ epoch_us('k.opened_at') }} as opened_us
from {{ ref('contact_events') }} as e
inner join {{ ref('int_contact_clocks') }} as k on k.source = e.source and k.contact_id = e.contact_id and k.place = 1
where e.occurred_at < {{ as_of_at() }} and not k.is_test
