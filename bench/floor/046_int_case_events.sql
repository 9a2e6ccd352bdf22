create table intermediate."int_case_events" as
-- What happened to each case, in order; of one moment, events come in the order of their ids. Contacts are numbered: what
-- follows sorts and joins millions of events by a number.
select
    k.contact_number,
    row_number() over (partition by k.contact_number order by e.occurred_at, e.source_id) as place,
    e.source_id as event_id,
    e.kind,
    e.actor,
    case when e.kind in ('created', 'status', 'reopened', 'solved', 'closed') then lower(coalesce(e.to_value,
    case e.kind when 'created' then 'new' when 'reopened' then 'open' when 'status' then 'unknown' else e.kind end)) end as state,
    /*engine*/ epoch_us(e.occurred_at) /*end*/ as at_us,
    /*engine*/ epoch_us(k.opened_at) /*end*/ as opened_us
from "entities"."contact_events" as e
inner join "intermediate"."int_contact_clocks" as k on k.source = e.source and k.contact_id = e.contact_id and k.place = 1
where e.occurred_at < timestamp '{as_of_at}' and not k.is_test;
