create table intermediate."int_identity_nodes" as
-- One row per token of a person, numbered from the oldest: by when it was first seen, then by the token itself.
with sightings as (
    select
        visitor_token as token,
        min(case when visitor_token = login_token then 'login' else 'cookie' end) as kind,
        min(started_at) as seen_at
    from "intermediate"."int_sessions"
    group by visitor_token
    union all
    select
        other_token as token,
        other_kind as kind,
        seen_at
    from "intermediate"."int_identity_edges"
    where other_kind = 'login'
    union all
    select
        token as token,
        kind as kind,
        seen_at as seen_at
    from "entities"."identifiers"
    where token is not null
    union all
    select
        other_token as token,
        other_kind as kind,
        seen_at as seen_at
    from "entities"."identifiers"
    where other_token is not null
    union all
    select
        account_token as token,
        'account' as kind,
        coalesce(created_at, version_at) as seen_at
    from "entities"."people"
    where account_token is not null
    union all
    select
        person_account_token as token,
        'account' as kind,
        valid_from as seen_at
    from "entities"."accounts"
    where person_account_token is not null
    union all
    select
        person_token as token,
        cast(null as varchar) as kind,
        started_at as seen_at
    from "entities"."subscriptions"
    where person_token is not null
    union all
    select
        person_token as token,
        cast(null as varchar) as kind,
        ordered_at as seen_at
    from "entities"."orders"
    where person_token is not null
    union all
    select
        person_token as token,
        cast(null as varchar) as kind,
        opened_at as seen_at
    from "entities"."contacts"
    where person_token is not null
    union all
    select
        person_token as token,
        cast(null as varchar) as kind,
        sent_at as seen_at
    from "entities"."invitations"
    where person_token is not null
    union all
    select
        person_token as token,
        cast(null as varchar) as kind,
        answered_at as seen_at
    from "entities"."responses"
    where person_token is not null
    union all
    select
        person_token as token,
        cast(null as varchar) as kind,
        sent_at as seen_at
    from "entities"."campaign_touches"
    where person_token is not null
    union all
    select
        person_token as token,
        cast(null as varchar) as kind,
        stated_at as seen_at
    from "entities"."consents"
    where person_token is not null
    union all
    select
        author_token as token,
        cast(null as varchar) as kind,
        posted_at as seen_at
    from "entities"."mentions"
    where author_token is not null
    union all
    select
        person_token as token,
        cast(null as varchar) as kind,
        created_at as seen_at
    from "entities"."tasks"
    where person_token is not null
    union all
    select
        unit_token as token,
        cast(null as varchar) as kind,
        exposed_at as seen_at
    from "entities"."experiment_exposures"
    where unit_token is not null
),

tokens as (
    select
        s.token,
        min(s.kind) as kind,
        min(s.seen_at) as first_seen_at
    from sightings as s
    where not exists (select 1 from "intermediate"."int_identity_capped" as c where c.token = s.token and not c.is_person)
    group by s.token
)

select
    token,
    kind,
    first_seen_at,
    cast(row_number() over (order by coalesce(first_seen_at, timestamp '9999-12-31 00:00:00'), token) as integer) as node
from tokens;
