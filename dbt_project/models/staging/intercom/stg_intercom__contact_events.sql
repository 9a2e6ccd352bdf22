with conversations as (

    select * from {{ ref('base_intercom__conversations') }}

),

events as (

    select
        conversation_id || '/created' as source_id,
        updated_at as version_at,
        conversation_id,
        created_at as occurred_at,
        'created' as kind,
        cast(null as varchar) as to_value,
        source_author_type as author_type,
        source_author_id as author_id,
        source_body as body
    from conversations
    union all
    select
        'part/' || p.part_id as source_id,
        p.updated_at as version_at,
        p.conversation_id,
        p.created_at as occurred_at,
        case
            when p.part_type = 'comment' then 'reply_public'
            when p.part_type in ('note', 'note_and_reopen') then 'reply_private'
            when p.part_type = 'close' then 'closed'
            when p.part_type = 'open' then 'reopened'
            when p.assigned_to_type is not null then 'assigned'
            when p.part_type in ('snoozed', 'unsnoozed', 'timer_unsnooze') then 'status'
        end as kind,
        case when p.part_type in ('snoozed', 'unsnoozed', 'timer_unsnooze') then p.part_type else p.assigned_to_type end
            as to_value,
        p.author_type,
        p.author_id,
        p.body
    from {{ rows_of('intercom', 'conversation_parts') }} as p
    inner join conversations as c on c.conversation_id = p.conversation_id

)

select
    'intercom' as source,
    source_id,
    version_at,
    conversation_id as contact_id,
    occurred_at,
    kind,
    null as from_value,
    to_value,
    case
        when author_type in ('user', 'lead') then 'customer'
        when author_type = 'admin' then 'agent'
        when author_type = 'bot' then 'bot'
        else 'system'
    end as actor,
    author_id as actor_token,
    {{ without_tags('body') }} as text_redacted
from events
where kind is not null
