-- Amazon Connect tells how long a call was on hold, not when: hold stands after the talk.
with source as (

    select
        *,
        coalesce(initial_contact_id, contact_id) as interaction_id,
        /*engine*/ connected_to_agent_timestamp + to_seconds(agent_interaction_duration) /*end*/ as talked_until
    from {{ rows_of('connect', 'contact_records') }}

),

stretches as (
{%- for kind, start, end, condition in [
    ('ivr', 'connected_to_system_timestamp',
     'coalesce(enqueue_timestamp, connected_to_agent_timestamp, disconnect_timestamp)',
     "initiation_method = 'INBOUND'"),
    ('queue', 'enqueue_timestamp',
     'coalesce(dequeue_timestamp, connected_to_agent_timestamp, disconnect_timestamp)', 'true'),
    ('talk', 'connected_to_agent_timestamp', 'talked_until', 'true'),
    ('hold', 'talked_until', '/*engine*/ talked_until + to_seconds(customer_hold_duration) /*end*/',
     'customer_hold_duration > 0'),
    ('wrap_up', 'after_contact_work_start_timestamp', 'after_contact_work_end_timestamp', 'true'),
] %}
{%- if not loop.first %}

    union all
{%- endif %}

    select
        contact_id,
        interaction_id,
        last_update_timestamp,
        '{{ kind }}' as kind,
        {{ start }} as started_at,
        {{ end }} as ended_at,
        {{ 'agent_username' if kind in ['talk', 'hold', 'wrap_up'] else 'null' }} as agent_token,
        queue_name
    from source
    where {{ start }} is not null and {{ condition }}
{%- endfor %}

)

select
    'connect' as source,
    contact_id || '/' || kind as source_id,
    last_update_timestamp as version_at,
    interaction_id as contact_id,
    kind,
    started_at,
    ended_at,
    agent_token,
    queue_name as queue
from stretches
