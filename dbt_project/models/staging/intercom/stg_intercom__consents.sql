-- Intercom keeps objections alone, without their day: that of the version that tells one.
with source as (

    select * from {{ rows_of('intercom', 'contacts') }}
    where unsubscribed_from_emails

)

select
    'intercom' as source,
    contact_id || '/email_marketing' as source_id,
    updated_at as version_at,
    contact_id as person_token,
    'email_marketing' as purpose,
    'withdrawn' as state,
    updated_at as stated_at,
    'existing_customer' as basis,
    'email' as channel
from source
