with seen as (

    select
        recipient_email as email,
        external_reference as customer_number,
        recorded_date as seen_at
    from {{ rows_of('qualtrics', 'responses') }}

    union all

    select
        email,
        external_data_reference as customer_number,
        sent_at as seen_at
    from {{ rows_of('qualtrics', 'distribution_history') }}

)

select
    'qualtrics' as source,
    email || '/' || customer_number as source_id,
    null as version_at,
    'email' as kind,
    email as token,
    'login' as other_kind,
    customer_number as other_token,
    min(seen_at) as seen_at,
    'survey_recipient' as rule
from seen
where email is not null and customer_number is not null
group by email, customer_number
