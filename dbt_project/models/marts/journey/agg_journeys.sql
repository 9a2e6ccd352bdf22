-- Journeys counted by what they are: all, by trigger, first channel, outcome, the stage where they end, and the loops
-- they go through. Open journeys without outcome are counted apart: nobody knows yet how they end.
{%- set loops = ['repeat_contact', 'channel_hop', 'team_bounce'] %}
{%- set dimensions = ['journey_trigger', 'first_channel', 'outcome', 'last_stage'] %}

with told as (
    select 'all' as dimension, 'all' as dimension_value, 0 as loop_count, j.* from {{ ref('fct_journeys') }} as j
{%- for dimension in dimensions %}
    union all
    select '{{ dimension }}', j.{{ dimension }}, 0, j.* from {{ ref('fct_journeys') }} as j
{%- endfor %}
{%- for loop_kind in loops %}
    union all
    select 'loop', '{{ loop_kind }}', j.{{ loop_kind }}_count, j.* from {{ ref('fct_journeys') }} as j where j.{{ loop_kind }}_count > 0
{%- endfor %}
),

counted as (
    select
        dimension,
        dimension_value,
        count(*) as journey_count,
        count(distinct person_id) as person_count,
        count(case when is_censored then 1 end) as censored_count,
        count(case when not is_censored then 1 end) as ended_count,
        count(case when outcome in ('order', 'renewal') then 1 end) as converted_count,
        count(case when outcome = 'none' and not is_censored then 1 end) as dropped_count,
        count(case when is_broken then 1 end) as broken_count,
        cast(sum(loop_count) as bigint) as loop_count,
        cast(sum(effort_count) as bigint) as effort_count,
        cast(sum(duration_seconds) as bigint) as total_seconds
    from told
    group by dimension, dimension_value
),

whole as (
    select
        c.*,
        sum(case when dimension = 'all' then journey_count end) over () as all_journey_count,
        sum(case when dimension = 'all' then ended_count end) over () as all_ended_count
    from counted as c
)

select
    dimension,
    dimension_value,
    journey_count,
    cast(all_journey_count as bigint) as all_journey_count,
    person_count,
    censored_count,
    ended_count,
    cast(all_ended_count as bigint) as all_ended_count,
    converted_count,
    dropped_count,
    broken_count,
    loop_count,
    effort_count,
    total_seconds,
    {{ wilson_bound('low', 'journey_count', 'all_journey_count') }} as journey_low,
    {{ wilson_bound('high', 'journey_count', 'all_journey_count') }} as journey_high,
    {{ wilson_bound('low', 'converted_count', 'ended_count') }} as converted_low,
    {{ wilson_bound('high', 'converted_count', 'ended_count') }} as converted_high,
    {{ wilson_bound('low', 'dropped_count', 'all_ended_count') }} as dropped_low,
    {{ wilson_bound('high', 'dropped_count', 'all_ended_count') }} as dropped_high
from whole
