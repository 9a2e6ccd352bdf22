-- The comment that opened a ticket bears the ticket's own moment and is no reply. The first known value of a field is
-- how the ticket began, no change; but a ticket that was solved at once was solved.
{%- set order = 'partition by h.ticket_id, h.field_name order by h.updated, h._key' %}
with tickets as (

    select
        ticket_id,
        requester_id,
        submitter_id,
        description,
        created_at,
        updated_at
    from {{ ref('base_zendesk__tickets') }}

),

users as (

    select
        user_id,
        role
    from {{ rows_of('zendesk', 'users') }}

),

changes as (

    select
        h._key,
        h.ticket_id,
        h.field_name,
        h.updated,
        h.user_id,
        h.synced_at,
        h.value,
        h.has_value,
        lag(h.value) over ({{ order }}) as value_before,
        row_number() over ({{ order }}) as place
    from {{ rows_of('zendesk', 'ticket_field_history') }} as h
    where h.field_name in ('status', 'assignee_id', 'group_id')

),

events as (

    select
        cast(ticket_id as varchar) || '/created' as source_id,
        updated_at as version_at,
        ticket_id,
        created_at as occurred_at,
        'created' as kind,
        cast(null as varchar) as from_value,
        cast(null as varchar) as to_value,
        coalesce(submitter_id, requester_id) as user_id,
        description as text_redacted
    from tickets
    union all
    select
        'comment/' || cast(c.comment_id as varchar) as source_id,
        c.synced_at as version_at,
        c.ticket_id,
        c.created as occurred_at,
        case when c.public then 'reply_public' else 'reply_private' end as kind,
        null as from_value,
        null as to_value,
        c.user_id,
        c.body as text_redacted
    from {{ rows_of('zendesk', 'ticket_comments') }} as c
    inner join tickets as t on t.ticket_id = c.ticket_id
    where c.created > t.created_at + interval 1 second
    union all
    select
        'history/' || cast(_key as varchar) as source_id,
        synced_at as version_at,
        ticket_id,
        updated as occurred_at,
        case
            when field_name = 'assignee_id' and has_value then 'assigned'
            when field_name = 'group_id' and has_value and place > 1 then 'transferred'
            when field_name <> 'status' or value = value_before then null
            when value in ('solved', 'closed') then value
            when value_before in ('solved', 'closed') then 'reopened'
            when place > 1 then 'status'
        end as kind,
        value_before as from_value,
        value as to_value,
        user_id,
        null as text_redacted
    from changes

)

select
    'zendesk' as source,
    e.source_id,
    e.version_at,
    cast(e.ticket_id as varchar) as contact_id,
    e.occurred_at,
    e.kind,
    e.from_value,
    e.to_value,
    case
        when e.user_id is null then 'system'
        when u.role in ('agent', 'admin') then 'agent'
        when u.role = 'end-user' or e.user_id = t.requester_id then 'customer'
    end as actor,
    e.user_id as actor_token,
    e.text_redacted
from events as e
inner join tickets as t on t.ticket_id = e.ticket_id
left join users as u on u.user_id = e.user_id
where e.kind is not null
