select
    'research' as source,
    figure_id as source_id,
    updated_at as version_at,
    metric,
    sector,
    place,
    period,
    value,
    n,
    source_name,
    licence,
    status
from {{ rows_of('research', 'figures') }}
