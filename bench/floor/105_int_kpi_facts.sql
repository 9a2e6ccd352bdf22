create table intermediate."int_kpi_facts" as
-- One row per KPI of the catalogue and fact it is about: what the fact adds to numerator and denominator,
-- or the reason why it is not counted; with its day, its person and the values of its dimensions.
with

fct_sessions_in_segments as (

    select
        f.*,
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
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
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
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
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
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
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
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

),

fct_resolutions_in_segments as (

    select
        f.*,
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_resolutions" as f
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

fct_self_service_in_segments as (

    select
        f.*,
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_self_service" as f
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

fct_followups_in_segments as (

    select
        f.*,
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_followups" as f
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

fct_case_times_in_segments as (

    select
        f.*,
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_case_times" as f
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

fct_sla_events_in_segments as (

    select
        f.*,
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_sla_events" as f
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

fct_subscription_months_in_segments as (

    select
        f.*,
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_subscription_months" as f
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

fct_first_orders_in_segments as (

    select
        f.*,
        -- of such facts a day's persons are counted without being told apart, which is most of the work
        count(*) over (partition by f.person_id, f.local_date) = 1 as is_only_of_person,
        v.segment as value_segment,
        r.segment as rfm_segment
    from "marts"."fct_first_orders" as f
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
    session_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    session_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    order_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    order_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    answer_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    answer_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    answer_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    answer_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
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
where has_queue
union all
select
    'transfer_rate' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(case when is_transferred then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_contacts_in_segments
where reached_agent
union all
select
    'complaint_rate' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    coalesce(excluded_reason, case when reason is null and category is null then 'unknown_reason' end) as reason,
    case when (coalesce(excluded_reason, case when reason is null and category is null then 'unknown_reason' end)) is null then cast(case when lower(coalesce(reason, '')) in ('complaint', 'complaints') or lower(coalesce(category, '')) in ('complaint', 'complaints') then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (coalesce(excluded_reason, case when reason is null and category is null then 'unknown_reason' end)) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_contacts_in_segments
where coalesce(direction, 'inbound') <> 'outbound'
union all
select
    'fcr' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(case when is_back_in_channel then 0 else 1 end as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_resolutions_in_segments
where true
union all
select
    'ocr' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(case when is_back then 0 else 1 end as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_resolutions_in_segments
where true
union all
select
    'fcr_ocr_gap' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(case when is_back and not is_back_in_channel then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_resolutions_in_segments
where true
union all
select
    'deflection_rate' as kpi_id,
    attempt_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(case when outcome = 'deflected' then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_self_service_in_segments
where kind = 'help'
union all
select
    'bot_containment_rate' as kpi_id,
    attempt_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(case when outcome = 'contained' then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_self_service_in_segments
where kind = 'bot'
union all
select
    'survey_fcr' as kpi_id,
    answer_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    coalesce(excluded_reason, case when coalesce(lower(choice), '') not in ('yes', 'no') then 'other_answer' end) as reason,
    case when (coalesce(excluded_reason, case when coalesce(lower(choice), '') not in ('yes', 'no') then 'other_answer' end)) is null then cast(case when lower(choice) = 'yes' then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (coalesce(excluded_reason, case when coalesce(lower(choice), '') not in ('yes', 'no') then 'other_answer' end)) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_responses_in_segments
where kind = 'fcr'
union all
select
    'closed_loop_rate' as kpi_id,
    followup_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'not_possible' then state when not is_due then 'pending' end as reason,
    case when (case when state = 'not_possible' then state when not is_due then 'pending' end) is null then cast(case when state = 'done_in_time' then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (case when state = 'not_possible' then state when not is_due then 'pending' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_followups_in_segments
where true
union all
select
    'recovery_rate' as kpi_id,
    followup_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when person_id is null then 'unknown_person' when resurveyed_at is null then 'no_resurvey' when resurveyed_at <= done_at then 'answered_before' end as reason,
    case when (case when person_id is null then 'unknown_person' when resurveyed_at is null then 'no_resurvey' when resurveyed_at <= done_at then 'answered_before' end) is null then cast(case when is_recovered then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (case when person_id is null then 'unknown_person' when resurveyed_at is null then 'no_resurvey' when resurveyed_at <= done_at then 'answered_before' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_followups_in_segments
where done_at is not null
union all
select
    'first_response_time' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end as reason,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end) is null then cast(calendar_seconds as decimal(18, 4)) end as numerator,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'first_response'
union all
select
    'first_response_time_business' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    coalesce(case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end, no_business_reason) as reason,
    case when (coalesce(case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end, no_business_reason)) is null then cast(business_seconds as decimal(18, 4)) end as numerator,
    case when (coalesce(case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end, no_business_reason)) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'first_response'
union all
select
    'time_to_first_resolution' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end as reason,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end) is null then cast(calendar_seconds as decimal(18, 4)) end as numerator,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'first_resolution'
union all
select
    'time_to_resolution' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end as reason,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end) is null then cast(calendar_seconds as decimal(18, 4)) end as numerator,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'full_resolution'
union all
select
    'time_to_resolution_business' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    coalesce(case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end, no_business_reason) as reason,
    case when (coalesce(case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end, no_business_reason)) is null then cast(business_seconds as decimal(18, 4)) end as numerator,
    case when (coalesce(case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end, no_business_reason)) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'full_resolution'
union all
select
    'customer_wait_time' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end as reason,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end) is null then cast(calendar_seconds as decimal(18, 4)) end as numerator,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'customer_wait'
union all
select
    'longest_silence' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end as reason,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end) is null then cast(calendar_seconds as decimal(18, 4)) end as numerator,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'longest_silence'
union all
select
    'updates_in_promise_rate' as kpi_id,
    sla_event_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'excluded' then excluded_reason when state in ('active', 'paused') then 'pending' end as reason,
    case when (case when state = 'excluded' then excluded_reason when state in ('active', 'paused') then 'pending' end) is null then cast(case when state = 'met' then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (case when state = 'excluded' then excluded_reason when state in ('active', 'paused') then 'pending' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_sla_events_in_segments
where metric in ('next_reply_time', 'periodic_update_time')
union all
select
    'status_told_rate' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    coalesce(queue, 'unknown') as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    coalesce(excluded_reason, case when direction is null then 'unknown_direction' end) as reason,
    case when (coalesce(excluded_reason, case when direction is null then 'unknown_direction' end)) is null then cast(case when direction = 'outbound' then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (coalesce(excluded_reason, case when direction is null then 'unknown_direction' end)) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_contacts_in_segments
where lower(coalesce(reason, '')) in ('status', 'order status', 'order_status', 'delivery status', 'delivery_status', 'shipping status', 'case status', 'ticket status', 'status update', 'where is my order', 'wismo', 'tracking') or lower(coalesce(category, '')) in ('status', 'order status', 'order_status', 'delivery status', 'delivery_status', 'shipping status', 'case status', 'ticket status', 'status update', 'where is my order', 'wismo', 'tracking')
union all
select
    'contacts_per_case' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'pending' then 'pending' when state = 'none' then 'never' end as reason,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' end) is null then cast(1 + customer_message_count as decimal(18, 4)) end as numerator,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'full_resolution'
union all
select
    'resolution_rate' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'pending' then 'pending' end as reason,
    case when (case when state = 'pending' then 'pending' end) is null then cast(case when state = 'done' then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (case when state = 'pending' then 'pending' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'full_resolution'
union all
select
    'one_touch_rate' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'pending' then 'pending' when state = 'none' then 'never' end as reason,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' end) is null then cast(case when agent_reply_count < 2 then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'full_resolution'
union all
select
    'reopen_rate' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'pending' then 'pending' when state = 'none' then 'never' end as reason,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' end) is null then cast(case when reopen_count > 0 then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'full_resolution'
union all
select
    'priority_inversion_rate' as kpi_id,
    contact_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    cast(null as varchar) as product,
    cast(null as varchar) as region,
    coalesce(team, 'unknown') as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    case when state = 'pending' then 'pending' when state = 'none' then 'never' end as reason,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' end) is null then cast(case when is_overtaken then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (case when state = 'pending' then 'pending' when state = 'none' then 'never' end) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_case_times_in_segments
where measure = 'first_response' and case when lower(priority) in ('urgent', 'critical', 'highest', 'emergency', 'blocker', 'p1', '1') then 1 when lower(priority) in ('high', 'major', 'p2', '2') then 2 when lower(priority) in ('normal', 'medium', 'moderate', 'standard', 'p3', '3') then 3 when lower(priority) in ('low', 'lowest', 'minor', 'trivial', 'planning', 'p4', 'p5', '4', '5') then 4 end <= 2
union all
select
    'churn_rate' as kpi_id,
    subscription_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    cast(null as varchar) as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    coalesce(product_id, 'unknown') as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(case when is_lost then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_subscription_months_in_segments
where true
union all
select
    'retention_rate' as kpi_id,
    subscription_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    cast(null as varchar) as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    coalesce(product_id, 'unknown') as product,
    cast(null as varchar) as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(case when is_lost then 0 else 1 end as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_subscription_months_in_segments
where true
union all
select
    'repeat_purchase_rate' as kpi_id,
    order_id as fact_id,
    local_date as fact_date,
    person_id,
    is_only_of_person,
    coalesce(channel, 'unknown') as channel,
    coalesce(value_segment, 'unknown') as segment,
    coalesce(source, 'unknown') as source,
    coalesce(product_category, 'unknown') as product,
    coalesce(region, 'unknown') as region,
    cast(null as varchar) as team,
    cast(null as varchar) as queue,
    coalesce(rfm_segment, 'unknown') as rfm_segment,
    excluded_reason as reason,
    case when (excluded_reason) is null then cast(case when is_repeated then 1 else 0 end as decimal(18, 4)) end as numerator,
    case when (excluded_reason) is null then cast(1 as decimal(18, 4)) end as denominator
from fct_first_orders_in_segments
where true;
