-- One row per token of a person, numbered from the oldest: by when it was first seen, then by the token itself.
with sightings as (
    select
        visitor_token as token,
        min(case when visitor_token = login_token then 'login' else 'cookie' end) as kind,
        min(started_at) as seen_at
    from {{ ref('int_sessions') }}
    group by visitor_token
    union all
    select
        other_token as token,
        other_kind as kind,
        seen_at
    from {{ ref('int_identity_edges') }}
    where other_kind = 'login'
{%- for entity, column, kind, time in token_sightings() %}
    union all
    select
        {{ column }} as token,
        {{ kind or 'cast(null as varchar)' }} as kind,
        {{ time }} as seen_at
    from {{ ref(entity) }}
    where {{ column }} is not null
{%- endfor %}
),

tokens as (
    select
        s.token,
        min(s.kind) as kind,
        min(s.seen_at) as first_seen_at
    from sightings as s
    where not exists (select 1 from {{ ref('int_identity_capped') }} as c where c.token = s.token and not c.is_person)
    group by s.token
)

select
    token,
    kind,
    first_seen_at,
    cast(row_number() over (order by coalesce(first_seen_at, timestamp '9999-12-31 00:00:00'), token) as integer) as node
from tokens
