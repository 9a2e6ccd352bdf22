-- What the bank knows of a caller is the priority, as of the latest call that told the customer.
with calls as (

    select
        customer_token,
        priority,
        row_number() over (
            partition by customer_token
            order by vru_entry_at desc, call_key desc
        ) as recency
    from {{ ref('base_bank_calls__calls') }}
    where customer_token is not null

)

select
    'bank_calls' as source,
    customer_token as source_id,
    null as version_at,
    customer_token as account_token,
    null as status,
    null as created_at,
    null as birth_year_band,
    null as gender,
    null as region,
    'IL' as country,
    null as language,
    null as plan,
    case when priority = '2' then 'priority' else 'regular' end as tier,
    null as preferred_channel,
    null as preferred_channel_basis
from calls
where recency = 1
