create table marts."dim_identifiers" as
-- Each token with the person it belongs to; a quarantined one belongs to nobody and says why.
select
    token as identifier_token,
    person_id,
    coalesce(kind, 'unknown') as kind,
    false as is_capped,
    cast(null as varchar) as capped_reason,
    first_seen_at
from "intermediate"."int_person_tokens"
union all
select
    token as identifier_token,
    cast(null as varchar) as person_id,
    kind,
    true as is_capped,
    reason as capped_reason,
    cast(null as timestamp) as first_seen_at
from "intermediate"."int_identity_capped";
