-- A caller who hung up without having joined the queue never asked for an agent: `left_ivr`.
with calls as (

    select * from {{ ref('base_bank_calls__calls') }}

)

select
    'bank_calls' as source,
    call_key as source_id,
    null as version_at,
    customer_token as person_token,
    'call' as channel,
    'inbound' as direction,
    vru_entry_at as opened_at,
    greatest(
        vru_entry_at,
        coalesce(vru_exit_at, vru_entry_at),
        coalesce(q_exit_at, vru_entry_at),
        coalesce(ser_exit_at, vru_entry_at)
    ) as closed_at,
    case service
        when 'PS' then 'regular_activity'
        when 'PE' then 'regular_activity_english'
        when 'IN' then 'internet_consulting'
        when 'NE' then 'stock_exchange'
        when 'NW' then 'potential_customer'
        when 'TT' then 'callback'
        else service
    end as reason,
    service as category,
    case when priority = '2' then 'high' else 'normal' end as priority,
    null as queue,
    null as team,
    server_token as agent_token,
    'closed' as status,
    case
        when outcome = 'AGENT' then 'answered'
        when outcome = 'HANG' and q_start_at is not null then 'abandoned'
        when outcome = 'HANG' then 'left_ivr'
        else lower(outcome)
    end as outcome,
    null as conversation_id,
    outcome = 'PHANTOM' as is_test,
    null as subject_redacted
from calls
