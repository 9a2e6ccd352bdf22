-- One row per token that too many person-like tokens are seen with: quarantined, it joins nobody and is nobody.
with neighbours as (
    select token, kind, other_token, other_kind from {{ ref('int_identity_edges') }}
    union all
    select other_token as token, other_kind as kind, token as other_token, kind as other_kind from {{ ref('int_identity_edges') }}
)

select
    token,
    min(kind) as kind,
    count(distinct other_token) as neighbour_count,
    'more than {{ var('identity_cap') }} persons seen with it' as reason
from neighbours
where other_kind in ('{{ personal_kinds() | join("', '") }}')
group by token
having count(distinct other_token) > {{ var('identity_cap') }}
