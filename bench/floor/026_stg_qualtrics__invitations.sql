create view staging."stg_qualtrics__invitations" as
-- Each export tells the whole history anew; its date is no version of the invitation itself.
with source as (

    select * from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_qualtrics"."distribution_history" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)

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
from source;
