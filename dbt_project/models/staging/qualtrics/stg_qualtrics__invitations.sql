-- Each export tells the whole history anew; its date is no version of the invitation itself.
with source as (

    select * from {{ rows_of('qualtrics', 'distribution_history') }}

)

select
    'qualtrics' as source,
    distribution_id || '/' || contact_id as source_id,
    null as version_at,
    survey_id,
    wave,
    coalesce(external_data_reference, email) as person_token,
    connect_contact_id as contact_id,
    null as order_id,
    'email' as channel,
    sent_at,
    case when status not in ('HardBounce', 'SoftBounce', 'Failure', 'Blocked', 'Skipped', 'Pending') then sent_at end
        as delivered_at
from source
