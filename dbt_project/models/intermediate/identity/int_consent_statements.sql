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
from {{ ref('consents') }}
union all
{{ refusals_on_request() }}
