create table entities."consents" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(person_token as varchar) as person_token,
    cast(purpose as varchar) as purpose,
    cast(state as varchar) as state,
    cast(stated_at as timestamp) as stated_at,
    cast(basis as varchar) as basis,
    cast(channel as varchar) as channel
from "staging"."stg_ga4__consents"
union all
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(person_token as varchar) as person_token,
    cast(purpose as varchar) as purpose,
    cast(state as varchar) as state,
    cast(stated_at as timestamp) as stated_at,
    cast(basis as varchar) as basis,
    cast(channel as varchar) as channel
from "staging"."stg_salesforce__consents";
