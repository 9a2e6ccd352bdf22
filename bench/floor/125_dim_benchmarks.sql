create table marts."dim_benchmarks" as
-- Published figures to read a KPI beside. What somebody only claims is no benchmark.
with told as (

    select
        cast('fcr' as varchar) as kpi_id,
        cast('call centres' as varchar) as sector,
        cast('North America' as varchar) as place,
        cast(null as varchar) as period,
        cast('SQM Group, Call Center Customer Experience Research' as varchar) as source_name,
        cast('surveys after calls; ours counts who came back within the window' as varchar) as basis,
        cast(0.7 as double) as value,
        cast(null as bigint) as n,
        'shipped' as made_by
    union all
    select
        cast('survey_fcr' as varchar) as kpi_id,
        cast('call centres' as varchar) as sector,
        cast('North America' as varchar) as place,
        cast(null as varchar) as period,
        cast('SQM Group, Call Center Customer Experience Research' as varchar) as source_name,
        cast('surveys after calls' as varchar) as basis,
        cast(0.7 as double) as value,
        cast(null as bigint) as n,
        'shipped' as made_by
    union all
    select
        cast('ocr' as varchar) as kpi_id,
        cast('call centres' as varchar) as sector,
        cast('North America' as varchar) as place,
        cast(null as varchar) as period,
        cast('SQM Group, Call Center Customer Experience Research' as varchar) as source_name,
        cast('surveys after calls; ours counts who came back within the window' as varchar) as basis,
        cast(0.59 as double) as value,
        cast(null as bigint) as n,
        'shipped' as made_by
    union all
    select
        cast('service_level_80_20' as varchar) as kpi_id,
        cast('call centres' as varchar) as sector,
        cast(null as varchar) as place,
        cast(null as varchar) as period,
        cast('industry practice' as varchar) as source_name,
        cast('a convention, no measurement' as varchar) as basis,
        cast(0.8 as double) as value,
        cast(null as bigint) as n,
        'shipped' as made_by
    union all
    select
        cast('nps' as varchar) as kpi_id,
        cast('auto dealers' as varchar) as sector,
        cast('United States' as varchar) as place,
        cast('2017' as varchar) as period,
        cast('Temkin Group, Net Promoter Score Benchmark Study' as varchar) as source_name,
        cast('consumers of all 20 sectors asked; the highest of the sectors' as varchar) as basis,
        cast(43 as double) as value,
        cast(10000 as bigint) as n,
        'shipped' as made_by
    union all
    select
        cast('nps' as varchar) as kpi_id,
        cast('TV and internet providers' as varchar) as sector,
        cast('United States' as varchar) as place,
        cast('2017' as varchar) as period,
        cast('Temkin Group, Net Promoter Score Benchmark Study' as varchar) as source_name,
        cast('consumers of all 20 sectors asked; the lowest of the sectors' as varchar) as basis,
        cast(9 as double) as value,
        cast(10000 as bigint) as n,
        'shipped' as made_by
    union all
    select
        metric as kpi_id,
        sector,
        place,
        period,
        source_name,
        cast(null as varchar) as basis,
        cast(value as double) as value,
        n,
        source as made_by
    from "entities"."external_figures"
    where status = 'verified'
        and metric in ('sessions', 'conversion_rate', 'orders', 'revenue', 'nps', 'csat', 'ces', 'ces_share', 'contacts', 'abandonment_rate', 'asa', 'aht', 'service_level_80_20', 'transfer_rate', 'complaint_rate', 'fcr', 'ocr', 'fcr_ocr_gap', 'deflection_rate', 'bot_containment_rate', 'survey_fcr', 'closed_loop_rate', 'recovery_rate', 'first_response_time', 'first_response_time_business', 'time_to_first_resolution', 'time_to_resolution', 'time_to_resolution_business', 'customer_wait_time', 'longest_silence', 'updates_in_promise_rate', 'status_told_rate', 'contacts_per_case', 'resolution_rate', 'one_touch_rate', 'reopen_rate', 'priority_inversion_rate', 'churn_rate', 'retention_rate', 'repeat_purchase_rate')

),

ranked as (

    select
        *,
        md5(kpi_id || '/' || coalesce(sector, '') || '/' || coalesce(place, '') || '/' || coalesce(period, '') || '/'
            || coalesce(source_name, '')) as benchmark_id
    from told
    where value is not null

)

select
    benchmark_id,
    kpi_id,
    sector,
    place,
    period,
    value,
    n,
    source_name,
    basis,
    made_by
from (
    select
        *,
        row_number() over (partition by benchmark_id order by made_by, value, n) as place_in_turn
    from ranked
) as numbered
where place_in_turn = 1;
