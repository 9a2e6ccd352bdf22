create table entities."invitations" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(survey_id as varchar) as survey_id,
    cast(wave as varchar) as wave,
    cast(person_token as varchar) as person_token,
    cast(contact_id as varchar) as contact_id,
    cast(order_id as varchar) as order_id,
    cast(channel as varchar) as channel,
    cast(sent_at as timestamp) as sent_at,
    cast(delivered_at as timestamp) as delivered_at
from "staging"."stg_qualtrics__invitations";
