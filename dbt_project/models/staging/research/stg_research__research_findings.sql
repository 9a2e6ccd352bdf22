select
    'research' as source,
    finding_id as source_id,
    updated_at as version_at,
    method,
    held_at,
    touchpoint,
    outcome,
    severity,
    quote as quote_redacted
from {{ rows_of('research', 'findings') }}
