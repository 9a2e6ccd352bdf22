select
    'operations' as source,
    outage_id as source_id,
    updated_at as version_at,
    lower(service) as channel,
    started_at,
    ended_at
from {{ rows_of('operations', 'outages') }}
