create table marts."agg_funnel_exclusions" as
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
        substr(/*engine*/ strftime(entered_date, '%Y-%m-%d') /*end*/, 1, 7) as period
    from "intermediate"."int_funnel_progress"
    where step_number = 1 and excluded_reason is not null
) as excluded
group by grouping sets ((funnel_id, excluded_reason), (funnel_id, excluded_reason, period));
