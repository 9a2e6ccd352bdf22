create view staging."stg_ga4__consents" as
-- Every visit states its consent anew; kept is the first statement and each that differs from the last.
with source as (

    select * from (
    select r.*
    from "raw_ga4"."events" as r
    where (r._time < timestamp '{as_of_at}' or r._time is null)
        and r._row not in (select s._row from raw_ga4.events__superseded as s)
)
    where event_name = 'session_start' and user_pseudo_id is not null

),

statements as (

    select
        user_pseudo_id,
        _key,
        'analytics' as purpose,
        analytics_storage as answer,
        lag(analytics_storage) over (partition by user_pseudo_id order by event_timestamp, _key) as last_answer,
        event_timestamp
    from source
    where analytics_storage in ('Yes', 'No')

    union all

    select
        user_pseudo_id,
        _key,
        'advertising' as purpose,
        ads_storage as answer,
        lag(ads_storage) over (partition by user_pseudo_id order by event_timestamp, _key) as last_answer,
        event_timestamp
    from source
    where ads_storage in ('Yes', 'No')

)

select
    'ga4' as source,
    cast(_key as varchar) || '/' || purpose as source_id,
    null as version_at,
    user_pseudo_id as person_token,
    purpose,
    case when answer = 'Yes' then 'granted' when last_answer = 'Yes' then 'withdrawn' else 'refused' end as state,
    event_timestamp as stated_at,
    'consent' as basis,
    'web' as channel
from statements
where last_answer is null or last_answer <> answer;
