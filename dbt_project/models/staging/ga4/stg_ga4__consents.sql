-- Every visit states its consent anew; kept is the first statement and each that differs from the last.
with source as (

    select * from {{ rows_of('ga4', 'events') }}
    where event_name = 'session_start' and user_pseudo_id is not null

),

statements as (
{%- for purpose, column in [('analytics', 'analytics_storage'), ('advertising', 'ads_storage')] %}
{%- if not loop.first %}

    union all
{%- endif %}

    select
        user_pseudo_id,
        _key,
        '{{ purpose }}' as purpose,
        {{ column }} as answer,
        lag({{ column }}) over (partition by user_pseudo_id order by event_timestamp, _key) as last_answer,
        event_timestamp
    from source
    where {{ column }} in ('Yes', 'No')
{%- endfor %}

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
where last_answer is null or last_answer <> answer
