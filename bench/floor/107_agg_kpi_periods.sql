create table marts."agg_kpi_periods" as
-- Each KPI by ISO week and month, added up from its days; and whether a value of a dimension differs from all others of the
-- period by more than chance: two shares, or two NPS, by their common variance, two means each by its own.
with placed as (

    select
        *,
        'week' as period,
        cast(date_trunc('week', date) as date) as starts_on
    from "marts"."fct_kpi_daily"
    where kpi_id not in ('churn_rate', 'retention_rate')
    union all
    select
        *,
        'month' as period,
        cast(date_trunc('month', date) as date) as starts_on
    from "marts"."fct_kpi_daily"

),

summed as (

    select
        kpi_id,
        period,
        starts_on,
        dimension,
        dimension_value,
        cast(sum(numerator) as decimal(18, 4)) as numerator,
        cast(sum(denominator) as decimal(18, 4)) as denominator,
        cast(sum(n) as bigint) as n,
        max(n_persons) as n_persons_of_a_day,
        cast(sum(excluded) as bigint) as excluded,
        cast(sum(sum_of_squares) as decimal(38, 8)) as sum_of_squares,
        max(data_through) as data_through
    from placed
    group by kpi_id, period, starts_on, dimension, dimension_value

),

bounded as (

    select
        *,
        cast(case period when 'week' then starts_on + interval 7 day else starts_on + interval 1 month end as date) as ends_before,
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

),

-- all others of the period are the total less the value
others as (

    select
        b.*,
        case when b.kpi_id in ('sessions', 'orders', 'revenue', 'contacts') then cast(b.numerator as double)
        else cast(b.scale * b.numerator as double) / nullif(b.denominator, 0)
    end as value,
        cast(b.numerator as double) / nullif(b.n, 0) as own_mean,
        cast(b.sum_of_squares as double) / nullif(b.n, 0) as own_square,
        case when b.dimension <> 'all' then a.n - b.n end as other_n,
        cast(a.numerator - b.numerator as double) / nullif(a.n - b.n, 0) as other_mean,
        cast(a.sum_of_squares - b.sum_of_squares as double) / nullif(a.n - b.n, 0) as other_square,
        cast(a.sum_of_squares as double) / nullif(a.n, 0) as common_square,
        cast(a.numerator as double) / nullif(a.n, 0) as common_mean
    from bounded as b
    inner join bounded as a
        on a.kpi_id = b.kpi_id
        and a.period = b.period
        and a.starts_on = b.starts_on
        and a.dimension = 'all'

),

erring as (

    select
        *,
        case
            when dimension = 'all' or n = 0 or other_n = 0 then null
            when kpi_id in ('conversion_rate', 'nps', 'csat', 'ces_share', 'abandonment_rate', 'service_level_80_20', 'transfer_rate', 'complaint_rate', 'fcr', 'ocr', 'fcr_ocr_gap', 'deflection_rate', 'bot_containment_rate', 'survey_fcr', 'closed_loop_rate', 'recovery_rate', 'updates_in_promise_rate', 'status_told_rate', 'resolution_rate', 'one_touch_rate', 'reopen_rate', 'priority_inversion_rate', 'churn_rate', 'retention_rate', 'repeat_purchase_rate') then sqrt(greatest(common_square - common_mean * common_mean, 0)
                * (cast(1 as double) / nullif(n, 0) + cast(1 as double) / nullif(other_n, 0)))
            when kpi_id in ('ces', 'asa', 'aht', 'first_response_time', 'first_response_time_business', 'time_to_first_resolution', 'time_to_resolution', 'time_to_resolution_business', 'customer_wait_time', 'longest_silence', 'contacts_per_case') and n > 1 and other_n > 1 then sqrt(
                cast(greatest(own_square - own_mean * own_mean, 0) as double) / nullif(n - 1, 0)
                + cast(greatest(other_square - other_mean * other_mean, 0) as double) / nullif(other_n - 1, 0))
        end as error
    from others

),

tested as (

    select
        *,
        ((cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(own_mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (0.254829592 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(own_mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (-0.284496736 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(own_mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (1.421413741 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(own_mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (-1.453152027 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(own_mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * 1.061405429))))
    * exp(-1 * (cast(cast(abs(own_mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476) * (cast(cast(abs(own_mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476))) as p_value
    from erring

),

-- Holm (1979) over the values of a dimension
ranked as (

    select
        *,
        row_number() over (
            partition by kpi_id, period, starts_on, dimension
            order by case when p_value is null then 1 else 0 end, p_value, dimension_value
        ) as p_rank,
        count(p_value) over (partition by kpi_id, period, starts_on, dimension) as p_count
    from tested

)

select
    kpi_id,
    period,
    starts_on,
    dimension,
    dimension_value,
    numerator,
    denominator,
    value,
    n,
    n_persons_of_a_day,
    case when low < lowest then lowest else low end as low,
    case when high > highest then highest else high end as high,
    excluded,
    ends_before <= date '{as_of}' as is_whole,
    case when error is not null then scale * (own_mean - other_mean) end as difference,
    p_value,
    case when p_value is not null then least(max(p_value * (p_count - p_rank + 1)) over (
        partition by kpi_id, period, starts_on, dimension order by p_rank rows between unbounded preceding and current row
    ), 1.0) end as p_adjusted,
    definition_version,
    data_through,
    sum_of_squares
from ranked;
