-- The bot has a conversation until it is handed to a human, or to its end; from then on, or from the beginning, it waits
-- for the first answer; then it is talk until it is first closed. What comes after it was opened again is no stretch.
with source as (

    select
        *,
        bot_at is not null and coalesce(bot_at < handed_at, true) as has_bot
    from {{ ref('base_intercom__conversations') }}

),

stretches as (
{%- for kind, start, end, condition in [
    ('bot', 'created_at', 'coalesce(handed_at, closed_at, bot_until)', 'has_bot'),
    ('queue', 'case when has_bot then handed_at else created_at end', 'coalesce(answered_at, closed_at)',
     'not is_outbound and (not has_bot or handed_at is not null)'),
    ('talk', 'answered_at', 'coalesce(closed_after_answer_at, admin_until)', 'answered_at is not null'),
] %}
{%- if not loop.first %}

    union all
{%- endif %}

    select
        conversation_id,
        updated_at,
        '{{ kind }}' as kind,
        {{ start }} as started_at,
        {{ end }} as ended_at,
        {{ 'last_admin' if kind == 'talk' else 'null' }} as agent_token,
        {{ 'last_team' if kind == 'queue' else 'null' }} as team_id
    from source
    where {{ condition }}
{%- endfor %}

)

select
    'intercom' as source,
    s.conversation_id || '/' || s.kind as source_id,
    s.updated_at as version_at,
    s.conversation_id as contact_id,
    s.kind,
    s.started_at,
    s.ended_at,
    s.agent_token,
    t.name as queue
from stretches as s
left join {{ rows_of('intercom', 'teams') }} as t on t.team_id = s.team_id
