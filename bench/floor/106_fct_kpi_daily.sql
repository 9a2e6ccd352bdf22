create table marts."fct_kpi_daily" as
-- Each KPI by day and one dimension at a time. Ratios re-aggregate from numerator and denominator, never
-- from values; `n` and `sum_of_squares` let an interval be made anew for any span of days.
with facts as (

    select * from "intermediate"."int_kpi_facts"

),

measured as (

    select
        kpi_id,
        fact_date,
        'all' as dimension,
        'all' as dimension_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(numerator) as n,
        count(case when reason is null and is_only_of_person then person_id end)
            + count(distinct case when reason is null and not is_only_of_person then person_id end) as n_persons,
        count(reason) as excluded,
        sum(cast(numerator as decimal(19, 4)) * cast(numerator as decimal(19, 4))) as sum_of_squares
    from facts
    group by kpi_id, fact_date
    union all
    select
        kpi_id,
        fact_date,
        'channel' as dimension,
        channel as dimension_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(numerator) as n,
        count(case when reason is null and is_only_of_person then person_id end)
            + count(distinct case when reason is null and not is_only_of_person then person_id end) as n_persons,
        count(reason) as excluded,
        sum(cast(numerator as decimal(19, 4)) * cast(numerator as decimal(19, 4))) as sum_of_squares
    from facts
    where channel is not null
    group by kpi_id, fact_date, channel
    union all
    select
        kpi_id,
        fact_date,
        'segment' as dimension,
        segment as dimension_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(numerator) as n,
        count(case when reason is null and is_only_of_person then person_id end)
            + count(distinct case when reason is null and not is_only_of_person then person_id end) as n_persons,
        count(reason) as excluded,
        sum(cast(numerator as decimal(19, 4)) * cast(numerator as decimal(19, 4))) as sum_of_squares
    from facts
    where segment is not null
    group by kpi_id, fact_date, segment
    union all
    select
        kpi_id,
        fact_date,
        'source' as dimension,
        source as dimension_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(numerator) as n,
        count(case when reason is null and is_only_of_person then person_id end)
            + count(distinct case when reason is null and not is_only_of_person then person_id end) as n_persons,
        count(reason) as excluded,
        sum(cast(numerator as decimal(19, 4)) * cast(numerator as decimal(19, 4))) as sum_of_squares
    from facts
    where source is not null
    group by kpi_id, fact_date, source
    union all
    select
        kpi_id,
        fact_date,
        'product' as dimension,
        product as dimension_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(numerator) as n,
        count(case when reason is null and is_only_of_person then person_id end)
            + count(distinct case when reason is null and not is_only_of_person then person_id end) as n_persons,
        count(reason) as excluded,
        sum(cast(numerator as decimal(19, 4)) * cast(numerator as decimal(19, 4))) as sum_of_squares
    from facts
    where product is not null
    group by kpi_id, fact_date, product
    union all
    select
        kpi_id,
        fact_date,
        'region' as dimension,
        region as dimension_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(numerator) as n,
        count(case when reason is null and is_only_of_person then person_id end)
            + count(distinct case when reason is null and not is_only_of_person then person_id end) as n_persons,
        count(reason) as excluded,
        sum(cast(numerator as decimal(19, 4)) * cast(numerator as decimal(19, 4))) as sum_of_squares
    from facts
    where region is not null
    group by kpi_id, fact_date, region
    union all
    select
        kpi_id,
        fact_date,
        'team' as dimension,
        team as dimension_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(numerator) as n,
        count(case when reason is null and is_only_of_person then person_id end)
            + count(distinct case when reason is null and not is_only_of_person then person_id end) as n_persons,
        count(reason) as excluded,
        sum(cast(numerator as decimal(19, 4)) * cast(numerator as decimal(19, 4))) as sum_of_squares
    from facts
    where team is not null
    group by kpi_id, fact_date, team
    union all
    select
        kpi_id,
        fact_date,
        'queue' as dimension,
        queue as dimension_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(numerator) as n,
        count(case when reason is null and is_only_of_person then person_id end)
            + count(distinct case when reason is null and not is_only_of_person then person_id end) as n_persons,
        count(reason) as excluded,
        sum(cast(numerator as decimal(19, 4)) * cast(numerator as decimal(19, 4))) as sum_of_squares
    from facts
    where queue is not null
    group by kpi_id, fact_date, queue
    
),

summed as (

    select
        kpi_id,
        fact_date,
        dimension,
        dimension_value,
        cast(coalesce(numerator, 0) as decimal(18, 4)) as numerator,
        cast(case when kpi_id not in ('sessions', 'orders', 'revenue', 'contacts')
            then coalesce(denominator, 0) end as decimal(18, 4)) as denominator,
        n,
        n_persons,
        excluded,
        cast(coalesce(sum_of_squares, 0) as decimal(38, 8)) as sum_of_squares
    from measured

),

last_days as (

    select
        kpi_id,
        max(last_date) over (partition by fact_table) as data_through
    from (
        select
            kpi_id,
            case when kpi_id in ('first_response_time', 'first_response_time_business', 'time_to_first_resolution', 'time_to_resolution', 'time_to_resolution_business', 'customer_wait_time', 'longest_silence', 'contacts_per_case', 'resolution_rate', 'one_touch_rate', 'reopen_rate', 'priority_inversion_rate') then 'fct_case_times' when kpi_id in ('contacts', 'abandonment_rate', 'asa', 'aht', 'service_level_80_20', 'transfer_rate', 'complaint_rate', 'status_told_rate') then 'fct_contacts' when kpi_id in ('repeat_purchase_rate') then 'fct_first_orders' when kpi_id in ('closed_loop_rate', 'recovery_rate') then 'fct_followups' when kpi_id in ('orders', 'revenue') then 'fct_orders' when kpi_id in ('fcr', 'ocr', 'fcr_ocr_gap') then 'fct_resolutions' when kpi_id in ('nps', 'csat', 'ces', 'ces_share', 'survey_fcr') then 'fct_responses' when kpi_id in ('deflection_rate', 'bot_containment_rate') then 'fct_self_service' when kpi_id in ('sessions', 'conversion_rate') then 'fct_sessions' when kpi_id in ('updates_in_promise_rate') then 'fct_sla_events' when kpi_id in ('churn_rate', 'retention_rate') then 'fct_subscription_months' end as fact_table,
            max(fact_date) as last_date
        from facts
        group by kpi_id
    ) as kpi_days

),

bounded as (

    select
        *,
        case when kpi_id in ('sessions', 'conversion_rate', 'orders', 'revenue', 'csat', 'ces', 'ces_share', 'contacts', 'abandonment_rate', 'asa', 'aht', 'service_level_80_20', 'transfer_rate', 'complaint_rate', 'fcr', 'ocr', 'fcr_ocr_gap', 'deflection_rate', 'bot_containment_rate', 'survey_fcr', 'closed_loop_rate', 'recovery_rate', 'first_response_time', 'first_response_time_business', 'time_to_first_resolution', 'time_to_resolution', 'time_to_resolution_business', 'customer_wait_time', 'longest_silence', 'updates_in_promise_rate', 'status_told_rate', 'contacts_per_case', 'resolution_rate', 'one_touch_rate', 'reopen_rate', 'priority_inversion_rate', 'churn_rate', 'retention_rate', 'repeat_purchase_rate') then 1 when kpi_id in ('nps') then 100 end as scale,
        case when kpi_id in ('sessions', 'conversion_rate', 'orders', 'revenue', 'nps', 'csat', 'ces', 'ces_share', 'contacts', 'abandonment_rate', 'asa', 'aht', 'service_level_80_20', 'transfer_rate', 'complaint_rate', 'fcr', 'ocr', 'fcr_ocr_gap', 'deflection_rate', 'bot_containment_rate', 'survey_fcr', 'closed_loop_rate', 'recovery_rate', 'first_response_time', 'first_response_time_business', 'time_to_first_resolution', 'time_to_resolution', 'time_to_resolution_business', 'customer_wait_time', 'longest_silence', 'updates_in_promise_rate', 'status_told_rate', 'contacts_per_case', 'resolution_rate', 'one_touch_rate', 'reopen_rate', 'priority_inversion_rate', 'churn_rate', 'retention_rate', 'repeat_purchase_rate') then 1 end as definition_version,
        case when kpi_id in ('nps') then -100 when kpi_id in ('sessions', 'conversion_rate', 'orders', 'csat', 'ces_share', 'contacts', 'abandonment_rate', 'asa', 'aht', 'service_level_80_20', 'transfer_rate', 'complaint_rate', 'fcr', 'ocr', 'fcr_ocr_gap', 'deflection_rate', 'bot_containment_rate', 'survey_fcr', 'closed_loop_rate', 'recovery_rate', 'first_response_time', 'first_response_time_business', 'time_to_first_resolution', 'time_to_resolution', 'time_to_resolution_business', 'customer_wait_time', 'longest_silence', 'updates_in_promise_rate', 'status_told_rate', 'resolution_rate', 'one_touch_rate', 'reopen_rate', 'priority_inversion_rate', 'churn_rate', 'retention_rate', 'repeat_purchase_rate') then 0 when kpi_id in ('ces', 'contacts_per_case') then 1 end as lowest,
        case when kpi_id in ('conversion_rate', 'csat', 'ces_share', 'abandonment_rate', 'service_level_80_20', 'transfer_rate', 'complaint_rate', 'fcr', 'ocr', 'fcr_ocr_gap', 'deflection_rate', 'bot_containment_rate', 'survey_fcr', 'closed_loop_rate', 'recovery_rate', 'updates_in_promise_rate', 'status_told_rate', 'resolution_rate', 'one_touch_rate', 'reopen_rate', 'priority_inversion_rate', 'churn_rate', 'retention_rate', 'repeat_purchase_rate') then 1 when kpi_id in ('ces') then 7 when kpi_id in ('nps') then 100 end as highest,
        case
            when kpi_id in ('nps')
                then case when n > 0 then greatest(
    100 * ((cast(numerator as double) / nullif(n + 3, 0)) - 1.959963984540054 * sqrt(greatest(
        cast((cast(sum_of_squares + 1.5 as double) / nullif(n + 3, 0)) - (cast(numerator as double) / nullif(n + 3, 0)) * (cast(numerator as double) / nullif(n + 3, 0)) as double) / nullif(n + 3, 0), 0))),
    -100.0) end
            when kpi_id in ('revenue')
                then cast(numerator as double) - 1.959963984540054 * sqrt(cast(sum_of_squares as double))
            when kpi_id in ('sessions', 'orders', 'contacts')
                then case when numerator = 0 and 'low' = 'low' then 0.0 else cast(numerator as double) * power(
    1 - cast(1 as double) / nullif(9 * cast(numerator as double), 0)
    - cast(1.959963984540054 as double) / nullif(3 * sqrt(cast(numerator as double)), 0), 3) end
            when kpi_id in ('ces', 'asa', 'aht', 'first_response_time', 'first_response_time_business', 'time_to_first_resolution', 'time_to_resolution', 'time_to_resolution_business', 'customer_wait_time', 'longest_silence', 'contacts_per_case')
                then case when n > 1 then (cast(numerator as double) / nullif(n, 0)) - (case when n - 1 = 1 then 12.7062047 else 1.9599640
    + cast(2.3722712 as double) / nullif(cast(n - 1 as double), 0)
    + cast(2.8224986 as double) / nullif(cast(n - 1 as double) * cast(n - 1 as double), 0)
    + cast(2.5558497 as double) / nullif(cast(n - 1 as double) * cast(n - 1 as double) * cast(n - 1 as double), 0)
    + cast(1.5895341 as double) / nullif(cast(n - 1 as double) * cast(n - 1 as double) * cast(n - 1 as double) * cast(n - 1 as double), 0) end) * sqrt(
    cast(greatest(cast(sum_of_squares as double) - (cast(numerator as double) / nullif(n, 0)) * cast(numerator as double), 0) as double)
    / nullif(cast(n as double) * (n - 1), 0)) end
            when kpi_id in ('conversion_rate', 'csat', 'ces_share', 'abandonment_rate', 'service_level_80_20', 'transfer_rate', 'complaint_rate', 'fcr', 'ocr', 'fcr_ocr_gap', 'deflection_rate', 'bot_containment_rate', 'survey_fcr', 'closed_loop_rate', 'recovery_rate', 'updates_in_promise_rate', 'status_told_rate', 'resolution_rate', 'one_touch_rate', 'reopen_rate', 'priority_inversion_rate', 'churn_rate', 'retention_rate', 'repeat_purchase_rate')
                then case when n > 0 then least(greatest(
    cast((cast(numerator as double) / nullif(n, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * n, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(numerator as double) / nullif(n, 0)) * (1 - (cast(numerator as double) / nullif(n, 0))) as double) / nullif(n, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(n as double) * n, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(n, 0), 0),
    0.0), 1.0) end
        end as low,
        case
            when kpi_id in ('nps')
                then case when n > 0 then least(
    100 * ((cast(numerator as double) / nullif(n + 3, 0)) + 1.959963984540054 * sqrt(greatest(
        cast((cast(sum_of_squares + 1.5 as double) / nullif(n + 3, 0)) - (cast(numerator as double) / nullif(n + 3, 0)) * (cast(numerator as double) / nullif(n + 3, 0)) as double) / nullif(n + 3, 0), 0))),
    100.0) end
            when kpi_id in ('revenue')
                then cast(numerator as double) + 1.959963984540054 * sqrt(cast(sum_of_squares as double))
            when kpi_id in ('sessions', 'orders', 'contacts')
                then case when numerator = 0 and 'high' = 'low' then 0.0 else (cast(numerator as double) + 1) * power(
    1 - cast(1 as double) / nullif(9 * (cast(numerator as double) + 1), 0)
    + cast(1.959963984540054 as double) / nullif(3 * sqrt((cast(numerator as double) + 1)), 0), 3) end
            when kpi_id in ('ces', 'asa', 'aht', 'first_response_time', 'first_response_time_business', 'time_to_first_resolution', 'time_to_resolution', 'time_to_resolution_business', 'customer_wait_time', 'longest_silence', 'contacts_per_case')
                then case when n > 1 then (cast(numerator as double) / nullif(n, 0)) + (case when n - 1 = 1 then 12.7062047 else 1.9599640
    + cast(2.3722712 as double) / nullif(cast(n - 1 as double), 0)
    + cast(2.8224986 as double) / nullif(cast(n - 1 as double) * cast(n - 1 as double), 0)
    + cast(2.5558497 as double) / nullif(cast(n - 1 as double) * cast(n - 1 as double) * cast(n - 1 as double), 0)
    + cast(1.5895341 as double) / nullif(cast(n - 1 as double) * cast(n - 1 as double) * cast(n - 1 as double) * cast(n - 1 as double), 0) end) * sqrt(
    cast(greatest(cast(sum_of_squares as double) - (cast(numerator as double) / nullif(n, 0)) * cast(numerator as double), 0) as double)
    / nullif(cast(n as double) * (n - 1), 0)) end
            when kpi_id in ('conversion_rate', 'csat', 'ces_share', 'abandonment_rate', 'service_level_80_20', 'transfer_rate', 'complaint_rate', 'fcr', 'ocr', 'fcr_ocr_gap', 'deflection_rate', 'bot_containment_rate', 'survey_fcr', 'closed_loop_rate', 'recovery_rate', 'updates_in_promise_rate', 'status_told_rate', 'resolution_rate', 'one_touch_rate', 'reopen_rate', 'priority_inversion_rate', 'churn_rate', 'retention_rate', 'repeat_purchase_rate')
                then case when n > 0 then least(greatest(
    cast((cast(numerator as double) / nullif(n, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * n, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(numerator as double) / nullif(n, 0)) * (1 - (cast(numerator as double) / nullif(n, 0))) as double) / nullif(n, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(n as double) * n, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(n, 0), 0),
    0.0), 1.0) end
        end as high
    from summed

)

select
    b.kpi_id,
    b.fact_date as date,
    b.dimension,
    b.dimension_value,
    b.numerator,
    b.denominator,
    case when b.kpi_id in ('sessions', 'orders', 'revenue', 'contacts') then cast(b.numerator as double)
        else cast(b.scale * b.numerator as double) / nullif(b.denominator, 0)
    end as value,
    b.n,
    b.n_persons,
    case when b.low < b.lowest then b.lowest else b.low end as low,
    case when b.high > b.highest then b.highest else b.high end as high,
    b.excluded,
    b.definition_version,
    d.data_through,
    b.sum_of_squares
from bounded as b
inner join last_days as d on d.kpi_id = b.kpi_id;
