create view intermediate."int_web_actions" as
-- One row per session and touchpoint that a web event's name or page is by the rule table: the first such event.
-- The regular expressions see each pair of name and page once.
with pages as (
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
        from "entities"."web_events"
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
        s.channel,
        s.visitor_token,
        s.login_token,
        s.is_bot,
        row_number() over (partition by e.source, e.source_id order by s.started_at desc, s.session_id) as session_rank
    from "entities"."web_events" as e
    inner join pages as p on p.event_name = e.event_name and p.page_path is not distinct from e.page_path
    inner join "intermediate"."int_sessions" as s
        on s.visitor_token = coalesce(e.visitor_token, e.login_token)
        and e.occurred_at >= s.started_at
        and e.occurred_at <= s.ended_at
    where p.rule_number > 0
),

ranked as (
    select
        *,
        row_number() over (partition by session_id, rule_number order by occurred_at, source, source_id) as action_number
    from found
    where session_rank = 1 and not is_bot
)

select
    source,
    source_id,
    event_name,
    channel,
    rule_number,
    visitor_token,
    login_token,
    occurred_at
from ranked
where action_number = 1;
