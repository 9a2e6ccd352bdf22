create table marts."fct_self_service" as
-- Each time that a customer tried to help themselves, and whether that was enough: visits to the help pages, after which they
-- contacted us or not, and conversations with a bot, which it ended, handed over, or which were left. A visit is pages with
-- gaps under 30 minutes; it is undecided until the window has passed, also where a contact came already.
with pages as (

    select
        w.source,
        w.source_id,
        w.occurred_at,
        coalesce(v.person_id, l.person_id) as person_id,
        coalesce(v.person_id, l.person_id, w.visitor_token, w.login_token) as visitor
    from "entities"."web_events" as w
    left join "intermediate"."int_person_tokens" as v on v.token = w.visitor_token
    left join "intermediate"."int_person_tokens" as l on l.token = w.login_token
    where w.event_name = 'page_view'
        and w.page_path like '/help%'
        and not coalesce(w.is_bot, false)

),

in_order as (

    select
        *,
        lag(occurred_at) over (partition by visitor order by occurred_at, source, source_id) as page_before_at
    from pages
    where visitor is not null

),

visits as (

    select
        source || '/' || source_id as attempt_id,
        source,
        person_id,
        occurred_at as started_at,
        occurred_at + interval 7 day as decided_at
    from in_order
    where page_before_at is null or occurred_at >= page_before_at + interval 30 minute

),

contacts as (

    select
        contact_id,
        person_id,
        opened_at
    from "marts"."fct_contacts"
    where person_id is not null
        and excluded_reason is null
        and coalesce(direction, 'inbound') <> 'outbound'

),

followed as (

    select
        v.attempt_id,
        c.contact_id,
        row_number() over (partition by v.attempt_id order by c.opened_at, c.contact_id) as place
    from visits as v
    inner join contacts as c
        on c.person_id = v.person_id
        and c.opened_at > v.started_at
        and c.opened_at <= v.decided_at

),

with_bots as (

    select source || '/' || contact_id as contact_id from "entities"."contact_segments" where kind = 'bot'
    union
    select source || '/' || contact_id as contact_id from "entities"."contact_events"
    where actor = 'bot' and kind = 'reply_public'
    union
    select contact_id from "marts"."fct_contacts" where channel = 'bot'

),

answered_by_agents as (

    select distinct source || '/' || contact_id as contact_id
    from "entities"."contact_events"
    where actor = 'agent' and kind = 'reply_public'

),

conversations as (

    select
        f.*,
        case
            when f.reached_agent or f.has_queue or a.contact_id is not null then 'handed_over'
            when f.closed_at is null then 'pending'
            when f.outcome = 'abandoned' then 'abandoned'
            else 'contained'
        end as bot_outcome
    from with_bots as b
    inner join "marts"."fct_contacts" as f on f.contact_id = b.contact_id
    left join answered_by_agents as a on a.contact_id = f.contact_id
    where coalesce(f.direction, 'inbound') <> 'outbound'

)

select
    v.attempt_id,
    'help' as kind,
    v.source,
    v.person_id,
    'web' as channel,
    case
        when v.person_id is null then 'unknown_person'
        when v.decided_at > timestamp '{as_of_at}' then 'pending'
    end as excluded_reason,
    case when v.person_id is not null then
        case when f.contact_id is not null then 'contacted' when v.decided_at <= timestamp '{as_of_at}' then 'deflected' end
    end as outcome,
    f.contact_id,
    v.started_at,
    v.decided_at,
    cast(v.started_at as date) as local_date
from visits as v
left join followed as f on f.attempt_id = v.attempt_id and f.place = 1
union all
select
    contact_id as attempt_id,
    'bot' as kind,
    source,
    person_id,
    channel,
    coalesce(excluded_reason, case when bot_outcome = 'pending' then 'pending' end) as excluded_reason,
    case when bot_outcome <> 'pending' then bot_outcome end as outcome,
    contact_id,
    opened_at as started_at,
    closed_at as decided_at,
    local_date
from conversations;
