-- Whose it is: who began it, unless that was one of us or the bot; then the contact who is in it.
with conversations as (

    select * from {{ rows_of('intercom', 'conversations') }}

),

members as (

    select
        conversation_id,
        min(contact_id) as contact_id
    from {{ rows_of('intercom', 'conversation_contacts') }}
    group by conversation_id

),

acts as (

    select
        *,
        author_type = 'admin' as is_admin,
        author_type = 'admin' and part_type = 'comment' as is_answer
    from {{ rows_of('intercom', 'conversation_parts') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by conversation_id, is_admin order by created_at desc, part_id desc
        ) as admin_place,
        row_number() over (
            partition by conversation_id, assigned_to_type order by created_at desc, part_id desc
        ) as assignment_place
    from acts

),

moments as (

    select
        conversation_id,
        min(case when author_type = 'bot' then created_at end) as bot_at,
        max(case when author_type = 'bot' then created_at end) as bot_until,
        min(case when is_admin or assigned_to_type in ('admin', 'team') then created_at end) as handed_at,
        min(case when is_answer then created_at end) as answered_at,
        max(case when is_admin then created_at end) as admin_until,
        max(case when part_type = 'close' then created_at end) as last_closed_at,
        max(case when is_admin and admin_place = 1 then author_id end) as last_admin,
        max(case when assigned_to_type = 'team' and assignment_place = 1 then assigned_to_id end) as last_team
    from ranked
    group by conversation_id

),

closings as (

    select
        p.conversation_id,
        min(p.created_at) as closed_after_answer_at
    from acts as p
    inner join moments as m on m.conversation_id = p.conversation_id
    where p.part_type = 'close' and p.created_at >= m.answered_at
    group by p.conversation_id

)

select
    c.*,
    case when c.source_author_type in ('user', 'lead') then c.source_author_id else w.contact_id end
        as person_token,
    coalesce(c.source_author_type not in ('user', 'lead'), false) as is_outbound,
    m.bot_at,
    m.bot_until,
    m.handed_at,
    m.answered_at,
    m.admin_until,
    m.last_admin,
    m.last_team,
    q.closed_after_answer_at,
    case when c.state = 'closed' then coalesce(m.last_closed_at, c.updated_at) end as closed_at
from conversations as c
left join members as w on w.conversation_id = c.conversation_id
left join moments as m on m.conversation_id = c.conversation_id
left join closings as q on q.conversation_id = c.conversation_id
