-- A clock time belongs to the call's day, or to the next when the call began after noon and the
-- clock shows the morning: no call lasts twelve hours.
with source as (

    select * from {{ rows_of('bank_calls', 'calls') }}

),

clocked as (

    select
        line || '/' || call_id || '/' || cast(call_date as varchar) as call_key,
        customer_id as customer_token,
        server as server_token,
        coalesce(priority, '0') as priority,
        type as service,
        outcome,
        call_date,
        {%- for moment in ['vru_entry', 'vru_exit', 'q_start', 'q_exit', 'ser_start', 'ser_exit'] %}
        lpad({{ moment }}, 8, '0') as {{ moment }}{{ ',' if not loop.last }}
        {%- endfor %}
    from source

)

select
    call_key,
    customer_token,
    server_token,
    priority,
    service,
    outcome,
    {%- for moment in ['vru_entry', 'vru_exit', 'q_start', 'q_exit', 'ser_start', 'ser_exit'] %}
    cast(/*engine*/ timezone('Asia/Jerusalem', cast(
        cast(call_date + case
            when vru_entry >= '12:00:00' and {{ moment }} < '12:00:00' then 1
            else 0
        end as varchar) || ' ' || {{ moment }} as timestamp
    )) /*end*/ as timestamp) as {{ moment }}_at{{ ',' if not loop.last }}
    {%- endfor %}
from clocked
