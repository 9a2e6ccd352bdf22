create table intermediate."int_identity_edges" as
-- One row per pair of tokens seen together, with when first. Edges come from events, not from sessions: a session
-- with two logins has two.
with seen as (
    select
        kind,
        token,
        other_kind,
        other_token,
        seen_at
    from "entities"."identifiers"
    where token is not null and other_token is not null and token <> other_token
    union all
    select
        'cookie' as kind,
        visitor_token as token,
        'login' as other_kind,
        login_token as other_token,
        min(occurred_at) as seen_at
    from "entities"."web_events"
    where visitor_token is not null and login_token is not null and visitor_token <> login_token
    group by visitor_token, login_token
)

select
    token,
    other_token,
    min(kind) as kind,
    min(other_kind) as other_kind,
    min(seen_at) as seen_at
from seen
group by token, other_token;
