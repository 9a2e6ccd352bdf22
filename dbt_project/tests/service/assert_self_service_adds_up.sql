-- Whoever looked at a help page made a visit that began with the first of them; a visit is counted or says why not, and was
-- enough if no contact followed. Every conversation with a bot is told once: contained + handed over + abandoned + undecided
-- are all. A row here is something of which one of these does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'fct_self_service'}}}) }}
with bots as (

    select
        f.contact_id,
        f.excluded_reason,
        f.reached_agent
    from {{ ref('fct_contacts') }} as f
    inner join (
        select source || '/' || contact_id as contact_id from {{ ref('contact_segments') }} where kind = 'bot'
        union
        select source || '/' || contact_id as contact_id from {{ ref('contact_events') }}
        where actor = 'bot' and kind = 'reply_public'
        union
        select contact_id from {{ ref('fct_contacts') }} where channel = 'bot'
    ) as b on b.contact_id = f.contact_id
    where coalesce(f.direction, 'inbound') <> 'outbound'

),

readers as (

    select
        coalesce(v.person_id, l.person_id) as person_id,
        min(w.occurred_at) as first_at
    from {{ ref('web_events') }} as w
    left join {{ ref('int_person_tokens') }} as v on v.token = w.visitor_token
    left join {{ ref('int_person_tokens') }} as l on l.token = w.login_token
    where w.event_name = 'page_view' and w.page_path like '/help%' and not coalesce(w.is_bot, false)
    group by coalesce(v.person_id, l.person_id)
    having coalesce(v.person_id, l.person_id) is not null

),

visitors as (

    select
        person_id,
        min(started_at) as first_at
    from {{ ref('fct_self_service') }}
    where kind = 'help' and person_id is not null
    group by person_id

)

select coalesce(s.attempt_id, b.contact_id) as attempt_id
from bots as b
full join (select * from {{ ref('fct_self_service') }} where kind = 'bot') as s on s.contact_id = b.contact_id
where b.contact_id is null
    or s.contact_id is null
    or (s.excluded_reason is null and s.outcome is null)
    or (s.excluded_reason = 'pending' and s.outcome is not null)
    or s.outcome not in ('contained', 'handed_over', 'abandoned')
    or (b.reached_agent and s.outcome is distinct from 'handed_over')
    or (b.excluded_reason is not null and s.excluded_reason is distinct from b.excluded_reason)
union all
select coalesce(v.person_id, r.person_id) as attempt_id
from readers as r
full join visitors as v on v.person_id = r.person_id
where v.first_at is distinct from r.first_at
union all
select attempt_id
from {{ ref('fct_self_service') }}
where kind is null
    or kind not in ('help', 'bot')
    or (kind = 'help' and (
        outcome not in ('deflected', 'contacted')
        or (excluded_reason is null and (outcome is null or person_id is null or decided_at > {{ as_of_at() }}))
        or excluded_reason not in ('pending', 'unknown_person')
        or (coalesce(outcome, '') = 'contacted') <> (contact_id is not null)
        or (excluded_reason = 'pending' and decided_at <= {{ as_of_at() }})))
