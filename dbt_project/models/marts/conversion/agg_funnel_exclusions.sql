-- Why attempts at a funnel are not counted: the first declared exclusion that holds, or that nobody known made them.
select
    funnel_id,
    coalesce(period, 'all') as period,
    excluded_reason as reason,
    count(*) as excluded_count
from (
    select
        funnel_id,
        excluded_reason,
        substr({{ date_text('entered_date') }}, 1, 7) as period
    from {{ ref('int_funnel_progress') }}
    where step_number = 1 and excluded_reason is not null
) as excluded
group by grouping sets ((funnel_id, excluded_reason), (funnel_id, excluded_reason, period))
