{{ config(meta={'dagster': {'ref': {'name': 'agg_followups'}}}) }}
-- Each counted detractor, each counted answer in the lower two boxes of a satisfaction or effort scale, and each broken
-- promise of a policy is one row of fct_followups, whether somebody came back or not; and in agg_followups its states, and
-- its reasons with the compared, make up all of it.
with causes as (

    select 'response/' || answer_id as followup_id, 1 as given, 0 as told
    from {{ ref('fct_responses') }}
    where is_counted
        and (nps_bucket = 'detractor' or kind in ('csat', 'ces') and score <= scale_min + 1)
    union all
    select 'promise/' || sla_event_id, 1, 0
    from {{ ref('fct_sla_events') }}
    where state = 'breached' and metric <> 'queue_wait'
    union all
    select followup_id, 0, 1 from {{ ref('fct_followups') }}

),

-- what a group has: rows, rows of its states, rows with a reason or compared
sums as (

    select cause, kind, count(*) as of_rows, 0 as of_states, 0 as of_reasons, 0 as told
    from {{ ref('fct_followups') }}
    group by cause, kind
    union all
    select
        cause,
        kind,
        0,
        done_in_time_count + done_late_count + started_count + open_count + overdue_count + not_possible_count,
        unknown_person_count + no_resurvey_count + later_of_person_count + unmatched_count + followed_count + others_count,
        followup_count
    from {{ ref('agg_followups') }}

)

select followup_id as found, sum(given) as wanted, sum(told) as told
from causes
group by followup_id
having sum(given) <> sum(told)
union all
select cause || '/' || kind, cast(sum(of_rows) as bigint), cast(sum(told) as bigint)
from sums
group by cause, kind
having sum(of_rows) <> coalesce(sum(told), -1)
    or sum(of_rows) <> coalesce(sum(of_states), -1)
    or sum(of_rows) <> coalesce(sum(of_reasons), -1)
union all
select cause || '/' || kind, followup_count, followed_count
from {{ ref('agg_followups') }}
where followed_recovered_count > followed_count
    or others_recovered_count > others_count
    or low > difference
    or high < difference
    or low_seconds > median_seconds
    or (difference is null) <> (followed_count = 0)
    or not coalesce(followed_rate between 0 and 1 and others_rate between 0 and 1, followed_count = 0)
