with source as (

    select * from {{ ref('base_intercom__conversations') }}

),

teams as (

    select * from {{ rows_of('intercom', 'teams') }}

)

select
    'intercom' as source,
    s.conversation_id as source_id,
    s.updated_at as version_at,
    s.person_token,
    case
        when s.source_type = 'email' then 'email'
        when s.source_type in ('facebook', 'instagram', 'twitter') then 'social'
        when s.source_type in ('sms', 'whatsapp') then 'message'
        when s.source_type = 'phone_call' then 'call'
        else 'chat'
    end as channel,
    case when s.is_outbound then 'outbound' else 'inbound' end as direction,
    s.created_at as opened_at,
    s.closed_at,
    null as reason,
    null as category,
    s.priority,
    t.name as queue,
    t.name as team,
    s.last_admin as agent_token,
    case s.state when 'closed' then 'closed' when 'snoozed' then 'pending' else 'open' end as status,
    case
        when s.answered_at is not null then 'answered'
        when s.closed_at is null then null
        when s.is_outbound then 'handled'
        when s.bot_at is not null and s.handed_at is null then 'self_service'
        else 'abandoned'
    end as outcome,
    null as conversation_id,
    false as is_test,
    s.source_subject as subject_redacted
from source as s
left join teams as t on t.team_id = s.last_team
