create table marts."fct_resolutions" as
-- Each contact of a customer that somebody took up, and when they were back for the same reason: in the same channel, in any
-- channel, or on the help pages. Whatever comes back counts, a call that was abandoned too. A contact is undecided until
-- the window has passed, also where somebody was back already: else the early days would look worse than the late ones.
with cases as (

    select
        contact_id,
        state = 'pending' as is_open
    from "marts"."fct_case_times"
    where measure = 'full_resolution'

),

asked as (

    select
        f.*,
        k.contact_id is not null as is_case,
        coalesce(k.is_open, false) as is_open
    from "marts"."fct_contacts" as f
    left join cases as k on k.contact_id = f.contact_id
    where coalesce(f.direction, 'inbound') <> 'outbound'

),

followed as (

    select
        contact_id,
        person_id,
        opened_at,
        lead(opened_at) over (partition by person_id, reason, channel order by opened_at, contact_id) as same_channel_at,
        lead(opened_at) over (partition by person_id, reason order by opened_at, contact_id) as any_channel_at,
        lead(channel) over (partition by person_id, reason order by opened_at, contact_id) as any_channel
    from asked
    where excluded_reason is null and person_id is not null and reason is not null

),

help_pages as (

    select
        coalesce(v.person_id, l.person_id) as person_id,
        w.occurred_at
    from "entities"."web_events" as w
    left join "intermediate"."int_person_tokens" as v on v.token = w.visitor_token
    left join "intermediate"."int_person_tokens" as l on l.token = w.login_token
    where w.event_name = 'page_view' and w.page_path like '/help%'

),

helped as (

    select
        f.contact_id,
        min(h.occurred_at) as help_at
    from followed as f
    inner join help_pages as h on h.person_id = f.person_id
        and h.occurred_at > f.opened_at and h.occurred_at <= f.opened_at + interval 7 day
    group by f.contact_id

)

select
    a.contact_id,
    a.source,
    a.person_id,
    a.channel,
    a.queue,
    a.team,
    a.reason,
    case
        when a.excluded_reason is not null then a.excluded_reason
        when a.person_id is null then 'unknown_person'
        when a.reason is null then 'unknown_reason'
        when a.is_open then 'open'
        when a.opened_at + interval 7 day > timestamp '{as_of_at}' then 'pending'
    end as excluded_reason,
    coalesce(f.same_channel_at <= a.opened_at + interval 7 day, false) as is_back_in_channel,
    coalesce(f.any_channel_at <= a.opened_at + interval 7 day, false) or h.help_at is not null as is_back,
    f.same_channel_at,
    f.any_channel_at,
    f.any_channel,
    h.help_at,
    a.opened_at,
    a.opened_at + interval 7 day as decided_at,
    a.local_date
from asked as a
left join followed as f on f.contact_id = a.contact_id
left join helped as h on h.contact_id = a.contact_id
where a.reached_agent or a.is_case or a.excluded_reason is not null;
