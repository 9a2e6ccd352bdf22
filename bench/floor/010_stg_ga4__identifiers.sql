create view staging."stg_ga4__identifiers" as
-- An order's number stands in the CRM too, so that a guest's cookie meets the person who ordered.
with source as (

    select * from (
    select r.*
    from "raw_ga4"."events" as r
    where (r._time < timestamp '{as_of_at}' or r._time is null)
        and r._row not in (select s._row from raw_ga4.events__superseded as s)
)

),

logins as (

    select
        user_pseudo_id,
        user_id,
        min(event_timestamp) as seen_at
    from source
    where user_pseudo_id is not null and user_id is not null
    group by user_pseudo_id, user_id

),

purchases as (

    select
        user_pseudo_id,
        transaction_id,
        min(event_timestamp) as seen_at
    from source
    where user_pseudo_id is not null and transaction_id is not null
    group by user_pseudo_id, transaction_id

)

select
    'ga4' as source,
    user_pseudo_id || '/' || user_id as source_id,
    null as version_at,
    'cookie' as kind,
    user_pseudo_id as token,
    'login' as other_kind,
    user_id as other_token,
    seen_at,
    'login_in_browser' as rule
from logins

union all

select
    'ga4' as source,
    user_pseudo_id || '/' || transaction_id as source_id,
    null as version_at,
    'cookie' as kind,
    user_pseudo_id as token,
    'order' as other_kind,
    transaction_id as other_token,
    seen_at,
    'purchase_in_browser' as rule
from purchases;
