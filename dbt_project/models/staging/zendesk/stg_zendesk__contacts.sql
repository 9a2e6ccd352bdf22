-- A ticket ends when it is solved; Zendesk closes it days later by itself. Where its history was not delivered,
-- its last change is taken.
with tickets as (

    select * from {{ ref('base_zendesk__tickets') }}

),

users as (

    select
        user_id,
        role
    from {{ rows_of('zendesk', 'users') }}

),

solved as (

    select
        ticket_id,
        max(case when value = 'solved' then updated end) as solved_at,
        max(case when value = 'closed' then updated end) as closed_at
    from {{ rows_of('zendesk', 'ticket_field_history') }}
    where field_name = 'status'
    group by ticket_id

),

teams as (

    select
        group_id,
        name
    from {{ rows_of('zendesk', 'groups') }}

)

select
    'zendesk' as source,
    cast(t.ticket_id as varchar) as source_id,
    t.updated_at as version_at,
    t.requester_id as person_token,
    case
        when t.via_channel in ('voice', 'phone', 'voicemail', 'phone_call_inbound', 'phone_call_outbound') then 'call'
        when t.via_channel in ('email', 'mail') then 'email'
        when t.via_channel in ('chat', 'chat_offline_message', 'native_messaging') then 'chat'
        when t.via_channel in ('sms', 'whatsapp', 'any_channel', 'line', 'messaging') then 'message'
        when t.via_channel in ('twitter', 'twitter_dm', 'facebook', 'instagram_dm') then 'social'
        else 'ticket'
    end as channel,
    case
        when t.via_channel = 'phone_call_outbound' then 'outbound'
        when t.via_channel in ('voice', 'phone', 'voicemail', 'phone_call_inbound') then 'inbound'
        when s.role in ('agent', 'admin') and t.submitter_id <> t.requester_id then 'outbound'
        else 'inbound'
    end as direction,
    t.created_at as opened_at,
    case when t.status in ('solved', 'closed') then coalesce(d.solved_at, d.closed_at, t.updated_at) end as closed_at,
    null as reason,
    t.type as category,
    t.priority,
    cast(t.group_id as varchar) as queue,
    coalesce(g.name, cast(t.group_id as varchar)) as team,
    t.assignee_id as agent_token,
    case when t.status in ('solved', 'closed') then t.status when t.status in ('pending', 'hold') then 'pending' else 'open' end
        as status,
    case when t.status in ('solved', 'closed') then 'handled' end as outcome,
    cast(t.via_followup_source_id as varchar) as conversation_id,
    false as is_test,
    t.subject as subject_redacted
from tickets as t
left join users as s on s.user_id = t.submitter_id
left join solved as d on d.ticket_id = t.ticket_id
left join teams as g on g.group_id = t.group_id
