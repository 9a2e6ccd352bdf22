create view intermediate."int_contact_handling" as
-- One row per contact that has events: how often it was handed on or opened again, how often it came back to a team it
-- had left, and whether somebody's identity was asked for.
with transfers as (
    select source, contact_id, source_id, occurred_at, from_value, to_value
    from "entities"."contact_events"
    where kind = 'transferred' and occurred_at < timestamp '{as_of_at}'
),

returned as (
    select distinct t.source, t.source_id
    from transfers as t
    inner join transfers as b
        on b.source = t.source and b.contact_id = t.contact_id and b.from_value = t.to_value
        and (b.occurred_at < t.occurred_at or (b.occurred_at = t.occurred_at and b.source_id < t.source_id))
)

select
    e.source,
    e.contact_id,
    count(case when e.kind in ('transferred', 'reopened') then 1 end) as again_count,
    count(r.source_id) as bounce_count,
    count(case when /*engine*/ regexp_matches(lower(e.to_value), 'identi|verif|authenti') /*end*/ then 1 end) > 0 as asks_identity
from "entities"."contact_events" as e
left join returned as r on r.source = e.source and r.source_id = e.source_id
where e.occurred_at < timestamp '{as_of_at}'
group by e.source, e.contact_id;
