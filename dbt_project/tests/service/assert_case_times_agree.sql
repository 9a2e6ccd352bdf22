-- Business time is a part of calendar time, the first solution comes before the last, no silence is longer than its case, and
-- each case with events is told in each measure that all cases have. A row here is a case, or a step of cases, of which one of
-- these does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'fct_case_times'}}}) }}
with cases as (

    select
        contact_id,
        count(case when measure <> 'longest_silence' then 1 end) as measure_count,
        max(case when business_seconds > calendar_seconds or business_seconds < 0 then 1 else 0 end) as is_too_long,
        max(case when (business_seconds is null) = (no_business_reason is null) and state <> 'none' then 1 else 0 end)
            as is_unexplained,
        max(case when state <> 'pending' and (ended_at is null) = (state = 'done') then 1 else 0 end) as is_undated,
        max(case when (is_overtaken is not null)
            <> (measure = 'first_response' and state = 'done' and coalesce({{ priority_rank('priority') }}, 9) <= 2)
            then 1 else 0 end) as is_ranked_wrongly,
        max(case when measure = 'first_resolution' then calendar_seconds end) as first_seconds,
        max(case when measure = 'full_resolution' then calendar_seconds end) as full_seconds,
        max(case when measure = 'longest_silence' then calendar_seconds end) as silent_seconds
    from {{ ref('fct_case_times') }}
    where measure <> 'customer_wait'
    group by contact_id

),

told as (

    select distinct source || '/' || contact_id as contact_id
    from {{ ref('contact_events') }}
    where occurred_at < {{ as_of_at() }}
        and kind in ('created', 'status', 'reopened', 'solved', 'closed', 'reply_public')

)

select
    c.contact_id,
    'case' as what
from {{ ref('fct_contacts') }} as c
inner join told as t on t.contact_id = c.contact_id
left join cases as k on k.contact_id = c.contact_id
where c.excluded_reason is null
    and (k.contact_id is null or k.measure_count <> 3 or k.is_too_long = 1 or k.is_unexplained = 1 or k.is_undated = 1
        or k.is_ranked_wrongly = 1
        or k.first_seconds > k.full_seconds or k.silent_seconds > k.full_seconds)
union all
select
    case_type as contact_id,
    'step' as what
from {{ ref('agg_process_step') }}
where business_seconds > total_seconds or business_seconds < 0
