-- Why: journeys cut the touchpoints of each person into stretches: every touchpoint is in one journey of its own person,
-- has its place in it, and what a journey counts is counted there. A row here is a journey that lost, doubled or
-- borrowed a touchpoint, or whose touchpoints have gaps in their places.
{{ config(meta={'dagster': {'ref': {'name': 'fct_journeys'}}}) }}

with held as (
    select
        journey_id,
        min(person_id) as person_id,
        max(person_id) as other_person_id,
        count(*) as touch_count,
        count(distinct journey_step) as place_count,
        max(journey_step) as last_place,
        count(case when kind = 'contact' then 1 end) as contact_count,
        count(case when is_repeat_contact then 1 end) as repeat_contact_count,
        count(case when is_channel_hop then 1 end) as channel_hop_count,
        sum(bounce_count) as team_bounce_count,
        sum(effort_count) as effort_count,
        min(case when journey_step = 1 then touchpoint_id end) as first_touchpoint_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from {{ ref('fct_touchpoints') }}
    group by journey_id
)

select
    coalesce(h.journey_id, j.journey_id) as journey_id,
    h.touch_count as expected_touch_count,
    j.touch_count
from held as h
full outer join {{ ref('fct_journeys') }} as j on j.journey_id = h.journey_id
where true is distinct from (
    h.person_id = j.person_id
    and h.other_person_id = j.person_id
    and h.first_touchpoint_id = j.journey_id
    and h.touch_count = j.touch_count
    and h.place_count = j.touch_count
    and h.last_place = j.touch_count
    and h.contact_count = j.contact_count
    and h.repeat_contact_count = j.repeat_contact_count
    and h.channel_hop_count = j.channel_hop_count
    and h.team_bounce_count = j.team_bounce_count
    and h.effort_count = j.effort_count
    and h.started_at = j.started_at
    and h.ended_at = j.ended_at
    and j.is_censored = (j.is_open and j.outcome = 'none')
    and (j.outcome = 'none') = (j.outcome_at is null)
)
