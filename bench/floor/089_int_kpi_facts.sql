create table intermediate."int_kpi_facts" as
-- One row per KPI of the catalogue and fact it is about: what the fact adds to numerator and denominator,
-- or the reason why it is not counted; with its day, its person and the values of its dimensions.
with

fct_sessions_in_segments as (

    select
        f.*,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_sessions" as f
    left join "marts"."fct_segment_membership" as v
        on v.person_id = f.person_id
        and v.scheme = 'value'
        and v.valid_from <= f.local_date
        and (v.valid_to is null or v.valid_to > f.local_date)
    left join "marts"."fct_segment_membership" as r
        on r.person_id = f.person_id
        and r.scheme = 'rfm'
        and r.valid_from <= f.local_date
        and (r.valid_to is null or r.valid_to > f.local_date)
    where f.local_date is not null

),

fct_orders_in_segments as (

    select
        f.*,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_orders" as f
    left join "marts"."fct_segment_membership" as v
        on v.person_id = f.person_id
        and v.scheme = 'value'
        and v.valid_from <= f.local_date
        and (v.valid_to is null or v.valid_to > f.local_date)
    left join "marts"."fct_segment_membership" as r
        on r.person_id = f.person_id
        and r.scheme = 'rfm'
        and r.valid_from <= f.local_date
        and (r.valid_to is null or r.valid_to > f.local_date)
    where f.local_date is not null

),

fct_responses_in_segments as (

    select
        f.*,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_responses" as f
    left join "marts"."fct_segment_membership" as v
        on v.person_id = f.person_id
        and v.scheme = 'value'
        and v.valid_from <= f.local_date
        and (v.valid_to is null or v.valid_to > f.local_date)
    left join "marts"."fct_segment_membership" as r
        on r.person_id = f.person_id
        and r.scheme = 'rfm'
        and r.valid_from <= f.local_date
        and (r.valid_to is null or r.valid_to > f.local_date)
    where f.local_date is not null

),

fct_contacts_in_segments as (

    select
        f.*,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_contacts" as f
    left join "marts"."fct_segment_membership" as v
        on v.person_id = f.person_id
        and v.scheme = 'value'
        and v.valid_from <= f.local_date
        and (v.valid_to is null or v.valid_to > f.local_date)
    left join "marts"."fct_segment_membership" as r
        on r.person_id = f.person_id
        and r.scheme = 'rfm'
        and r.valid_from <= f.local_date
        and (r.valid_to is null or r.valid_to > f.local_date)
    where f.local_date is not null

)

select
    'sessions' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when is_bot then 'bot' end as reason,
    case when (case when is_bot then 'bot' end) is null then cast(1 as decimal(18, 4)) end as numerator,
    case when (case when is_bot then 'bot' end) is null then cast(null as decimal(18, 4)) end as denominator
from fct_sessions_in_segments
where true
union all
select
    'conversion_rate' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when is_bot then 'bot' end as reason,
    case when (case when is_bot then 'bot' end) is null then cast(case when is_converted then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (case when is_bot then 'bot' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_sessions_in_segments
where true
union all
select
    'orders' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    coalesce(product_category, 'unknown') as product,
    coalesce(region, 'unknown') as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when is_void then 'void' end as reason,
    case when (case when is_void then 'void' end) is null then cast(1 as decimal(18, 4)) end as numerator,
    case when (case when is_void then 'void' end) is null then cast(null as decimal(18, 4)) end as denominator
from fct_orders_in_segments
where true
union all
select
    'revenue' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    coalesce(product_category, 'unknown') as product,
    coalesce(region, 'unknown') as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(net_amount as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(null as decimal(18, 4)) end as denominator
from fct_orders_in_segments
where true
union all
select
    'nps' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(case nps_bucket when 'promoter' then 1 when 'detractor' then -1 else 0 end as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_responses_in_segments
where kind = 'nps'
union all
select
    'csat' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 5 then 'other_scale' end as reason,
    case when (case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 5 then 'other_scale' end) is null then cast(case when score >= 4 then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 5 then 'other_scale' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_responses_in_segments
where kind = 'csat' and aspect = 'overall'
union all
select
    'ces' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 7 then 'other_scale' end as reason,
    case when (case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 7 then 'other_scale' end) is null then cast(score as decimal(18, 4)) end as numerator,
    case when (case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 7 then 'other_scale' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_responses_in_segments
where kind = 'ces'
union all
select
    'ces_share' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 7 then 'other_scale' end as reason,
    case when (case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 7 then 'other_scale' end) is null then cast(case when score >= 5 then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 7 then 'other_scale' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_responses_in_segments
where kind = 'ces'
union all
select
    'contacts' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(null as decimal(18, 4)) end as denominator
from fct_contacts_in_segments
where true
union all
select
    'abandonment_rate' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    coalesce(excluded_reason, case queue_outcome when 'answered' then null when 'abandoned' then null else queue_outcome end) as reason,
    case when (coalesce(excluded_reason, case queue_outcome when 'answered' then null when 'abandoned' then null else queue_outcome end)) is null then cast(case when is_abandoned then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (coalesce(excluded_reason, case queue_outcome when 'answered' then null when 'abandoned' then null else queue_outcome end)) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_contacts_in_segments
where has_queue
union all
select
    'asa' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    coalesce(excluded_reason, case when not has_queue then 'no_queue' when wait_seconds is null then 'implausible_wait' end) as reason,
    case when (coalesce(excluded_reason, case when not has_queue then 'no_queue' when wait_seconds is null then 'implausible_wait' end)) is null then cast(wait_seconds as decimal(18, 4)) end as numerator,
    case when (coalesce(excluded_reason, case when not has_queue then 'no_queue' when wait_seconds is null then 'implausible_wait' end)) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_contacts_in_segments
where reached_agent and (has_queue or talk_seconds is not null)
union all
select
    'aht' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    coalesce(excluded_reason, case when handle_seconds is null then 'implausible_time' end) as reason,
    case when (coalesce(excluded_reason, case when handle_seconds is null then 'implausible_time' end)) is null then cast(handle_seconds as decimal(18, 4)) end as numerator,
    case when (coalesce(excluded_reason, case when handle_seconds is null then 'implausible_time' end)) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_contacts_in_segments
where is_handled or excluded_reason is not null and talk_seconds is not null
union all
select
    'service_level_80_20' as kpi_id,
    local_date as fact_date,
    person_id,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    coalesce(excluded_reason, case queue_outcome when 'answered' then null when 'abandoned' then null else queue_outcome end, case when wait_seconds is null then 'implausible_wait' when is_abandoned and wait_seconds <= 20 then 'abandoned_within_target' end) as reason,
    case when (coalesce(excluded_reason, case queue_outcome when 'answered' then null when 'abandoned' then null else queue_outcome end, case when wait_seconds is null then 'implausible_wait' when is_abandoned and wait_seconds <= 20 then 'abandoned_within_target' end)) is null then cast(case when is_answered and wait_seconds <= 20 then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (coalesce(excluded_reason, case queue_outcome when 'answered' then null when 'abandoned' then null else queue_outcome end, case when wait_seconds is null then 'implausible_wait' when is_abandoned and wait_seconds <= 20 then 'abandoned_within_target' end)) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_contacts_in_segments
where has_queue;
