create table intermediate."int_identity_edges" as
-- One row per pair of tokens seen together and rule that says they belong together, with when first. Edges come from
-- events, not from sessions: a session with two logins has two. A pair that identity_deny.csv names is none. A pair that
-- was matched by its values was never seen together: it has no time, and is none while one of the two is unseen.
-- depends_on: "entities"."people"
with seen as (
    select
        kind,
        token,
        other_kind,
        other_token,
        coalesce(rule, 'unnamed') as rule,
        seen_at
    from "entities"."identifiers"
    where token is not null and other_token is not null and token <> other_token
    union all
    select
        'cookie' as kind,
        visitor_token as token,
        'login' as other_kind,
        login_token as other_token,
        'login_in_browser' as rule,
        min(occurred_at) as seen_at
    from "entities"."web_events"
    where visitor_token is not null and login_token is not null and visitor_token <> login_token
    group by visitor_token, login_token
)

select
    s.token,
    s.other_token,
    min(s.kind) as kind,
    min(s.other_kind) as other_kind,
    s.rule,
    min(s.seen_at) as seen_at
from seen as s
group by s.token, s.other_token, s.rule;
