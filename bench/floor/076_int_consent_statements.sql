create table intermediate."int_consent_statements" as
-- Every statement of consent: what the sources say, and what persons asked of us (cx subject object, opt-out-of-sale).
-- The latter name no person that the sources do not know: identity does not read them.
select
    source,
    source_id,
    version_at,
    person_token,
    purpose,
    state,
    stated_at,
    basis,
    channel
from "entities"."consents"
union all
select
    'request' as source,
    r.request || '/' || r.token || '/' || r.purpose as source_id,
    cast(r.since as timestamp) as version_at,
    r.token as person_token,
    r.purpose,
    'refused' as state,
    cast(null as timestamp) as stated_at,
    'statement' as basis,
    'request' as channel
from landing.restrictions as r
where r.kind = '' and r.purpose in ('analytics', 'advertising', 'email_marketing', 'phone_marketing');
