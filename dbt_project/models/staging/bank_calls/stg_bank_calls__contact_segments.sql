-- Moments are those of the switch, unmended: a few IVR stretches end before they start, and the
-- queue ends a second or two after the talk began (two clocks). Service times of a call that hung
-- up are no talk: nobody served it (NO_SERVER, all 50 of them), it only rang at a position.
with calls as (

    select * from {{ ref('base_bank_calls__calls') }}

),

stretches as (

    select
        call_key,
        'ivr' as kind,
        vru_entry_at as started_at,
        vru_exit_at as ended_at,
        null as agent_token
    from calls
    where vru_exit_at is not null

    union all

    select
        call_key,
        'queue' as kind,
        q_start_at as started_at,
        q_exit_at as ended_at,
        null as agent_token
    from calls
    where q_start_at is not null

    union all

    select
        call_key,
        case when outcome = 'AGENT' then 'talk' else 'ring' end as kind,
        ser_start_at as started_at,
        ser_exit_at as ended_at,
        server_token as agent_token
    from calls
    where ser_start_at is not null

)

select
    'bank_calls' as source,
    call_key || '/' || kind as source_id,
    null as version_at,
    call_key as contact_id,
    kind,
    started_at,
    ended_at,
    agent_token,
    null as queue
from stretches
