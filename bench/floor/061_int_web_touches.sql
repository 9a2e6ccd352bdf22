create table intermediate."int_web_touches" as
-- One row per touch on the web: a session that no bot made, and the first event of a session that is a touchpoint by its
-- name or page. Made of the sessions that tonight's change tables cut anew; the regular expressions see each pair of name
-- and page once.

-- depends_on: "intermediate"."chg_sessions"

with sessions as (
    select
        *,
        case
            when is_converted then 'purchase'
            when has_checkout then 'checkout'
            when has_cart then 'cart'
            when has_product_view then 'product_view'
            else 'browse'
        end as detail
    from "intermediate"."int_sessions"
),

events as (
    select e.source, e.source_id, e.visitor_token, e.login_token, e.occurred_at, e.event_name, e.page_path
    from "entities"."web_events" as e
),

pages as (
    select
        event_name,
        page_path,
        case
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(webinars?)([^a-z]|$)') /*end*/ then 16
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(white[-_ ]?papers?)([^a-z]|$)') /*end*/ then 17
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(trial|freemium)([^a-z]|$)') /*end*/ then 18
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(quotes?|quotation)([^a-z]|$)') /*end*/ then 19
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract)([^a-z]|$)') /*end*/ then 20
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up)([^a-z]|$)') /*end*/ then 21
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(loyalty|rewards?|bonus[-_ ]points)([^a-z]|$)') /*end*/ then 22
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(renew(al|als)?)([^a-z]|$)') /*end*/ then 23
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(referrals?|(refer|invite)[-_ ](a[-_ ])?friends?)([^a-z]|$)') /*end*/ then 24
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(sales|(book|request)[-_ ](a[-_ ])?demo|consultation)([^a-z]|$)') /*end*/ then 25
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])(survey|feedback)([^a-z]|$)') /*end*/ then 56
    when true and /*engine*/ regexp_matches(words, '(^|[^a-z])((store|branch)[-_ ]visit)([^a-z]|$)') /*end*/ then 57
    else 0
end as rule_number
    from (
        select
            event_name,
            page_path,
            lower(coalesce(event_name, '') || ' ' || coalesce(page_path, '')) as words
        from events
        group by event_name, page_path
    ) as p
),

-- with the session it is in: where one ends in the instant in which the next begins, the next
found as (
    select
        e.source,
        e.source_id,
        e.event_name,
        e.occurred_at,
        p.rule_number,
        s.session_id,
        s.started_at,
        s.channel,
        s.visitor_token,
        s.login_token,
        s.is_bot,
        row_number() over (partition by e.source, e.source_id order by s.started_at desc, s.session_id) as session_rank
    from events as e
    inner join pages as p on p.event_name = e.event_name and p.page_path is not distinct from e.page_path
    inner join sessions as s
        on s.visitor_token = coalesce(e.visitor_token, e.login_token)
        and e.occurred_at >= s.started_at
        and e.occurred_at <= s.ended_at
    where p.rule_number > 0
),

actions as (
    select
        *,
        row_number() over (partition by session_id, rule_number order by occurred_at, source, source_id) as action_number
    from found
    where session_rank = 1 and not is_bot
),

touches as (
    select
        session_id,
        started_at,
        source,
        session_id as source_id,
        'web_session' as kind,
        detail,
        channel,
        case
    when true and detail = 'purchase' then 1
    when true and detail = 'checkout' then 2
    when true and detail = 'cart' then 3
    when true and detail = 'product_view' then 4
    when true and channel in ('organic_social', 'social', 'social_page') then 5
    when true and channel in ('organic_search') then 6
    when true and channel in ('paid_search', 'paid_social', 'display', 'affiliate', 'advertisement', 'tv', 'radio', 'print') then 7
    when true then 8
    else 0
end as rule_number,
        case detail when 'purchase' then 'converted' when 'checkout' then 'abandoned' when 'cart' then 'abandoned' end as outcome,
        ended_at as outcome_at,
        error_count as effort_count,
        visitor_token as token,
        login_token as other_token,
        started_at as occurred_at
    from sessions
    where not is_bot
    union all
    select
        session_id, started_at, source, source_id, 'web_action', event_name, channel, rule_number,
        null, null, 0, visitor_token, login_token, occurred_at
    from actions
    where action_number = 1
)

select
    md5(kind || '|' || case when kind = 'subscription' then detail else '' end || '|' || source || '|' || source_id) as touchpoint_id,
    *
from touches;
