{{ config(meta={'dagster': {'ref': {'name': 'fct_contact_reasons'}}}) }}
-- Each contact has one row, a given reason is as the source gave it, a predicted one has a score that suffices, and where
-- none is known it is said why: a row here is a contact of which one of these is not so.
select
    coalesce(c.contact_id, r.contact_id) as contact_id,
    r.basis,
    r.unknown_reason
from {{ ref('fct_contacts') }} as c
full join {{ ref('fct_contact_reasons') }} as r on r.contact_id = c.contact_id
where c.contact_id is null
    or r.contact_id is null
    or r.basis is null
    or (r.basis = 'given') <> (c.reason is not null)
    or (c.reason is not null and coalesce(r.reason <> c.reason, true))
    or (r.basis = 'unknown') <> (r.reason is null)
    or (r.basis = 'unknown') <> (r.unknown_reason is not null)
    or (
        r.basis = 'predicted'
        and (r.model_version is null or coalesce(r.score < {{ least_reason_score() }}, true))
    )
