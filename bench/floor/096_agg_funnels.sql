create table marts."agg_funnels" as
-- Each declared funnel by step and month of the entry, and over all. A step that nobody reached has its row.
with steps as (
    
    select
        'web_purchase' as funnel_id,
        cast(1 as bigint) as step_number,
        'visit' as step_name,
        'person' as unit,
        'ordered' as step_order,
        'first' as re_entry,
        cast(1209600 as bigint) as window_seconds,
        1 as definition_version
    union all
    select
        'web_purchase' as funnel_id,
        cast(2 as bigint) as step_number,
        'product_view' as step_name,
        'person' as unit,
        'ordered' as step_order,
        'first' as re_entry,
        cast(1209600 as bigint) as window_seconds,
        1 as definition_version
    union all
    select
        'web_purchase' as funnel_id,
        cast(3 as bigint) as step_number,
        'cart' as step_name,
        'person' as unit,
        'ordered' as step_order,
        'first' as re_entry,
        cast(1209600 as bigint) as window_seconds,
        1 as definition_version
    union all
    select
        'web_purchase' as funnel_id,
        cast(4 as bigint) as step_number,
        'checkout' as step_name,
        'person' as unit,
        'ordered' as step_order,
        'first' as re_entry,
        cast(1209600 as bigint) as window_seconds,
        1 as definition_version
    union all
    select
        'web_purchase' as funnel_id,
        cast(5 as bigint) as step_number,
        'purchase' as step_name,
        'person' as unit,
        'ordered' as step_order,
        'first' as re_entry,
        cast(1209600 as bigint) as window_seconds,
        1 as definition_version
    union all
    select
        'case_solved' as funnel_id,
        cast(1 as bigint) as step_number,
        'opened' as step_name,
        'contact' as unit,
        'ordered' as step_order,
        'first' as re_entry,
        cast(604800 as bigint) as window_seconds,
        1 as definition_version
    union all
    select
        'case_solved' as funnel_id,
        cast(2 as bigint) as step_number,
        'solved' as step_name,
        'contact' as unit,
        'ordered' as step_order,
        'first' as re_entry,
        cast(604800 as bigint) as window_seconds,
        1 as definition_version
),

counted as (
    select
        funnel_id,
        step_number,
        coalesce(period, 'all') as period,
        count(case when excluded_reason is null then 1 end) as reached_count,
        count(case when excluded_reason is null and is_open then 1 end) as open_count,
        count(excluded_reason) as excluded_count,
        cast(sum(case when excluded_reason is null then seconds end) as bigint) as total_seconds,
        percentile_cont(0.5) within group (order by case when excluded_reason is null then seconds end) as median_seconds
    from (
        select
            *,
            substr(/*engine*/ strftime(entered_date, '%Y-%m-%d') /*end*/, 1, 7) as period
        from "intermediate"."int_funnel_progress"
    ) as progress
    group by grouping sets ((funnel_id, step_number), (funnel_id, step_number, period))
),

-- what entered, in each period and at least over all
entered as (
    select
        s.funnel_id,
        coalesce(c.period, 'all') as period,
        coalesce(c.reached_count, 0) as entered_count,
        coalesce(c.open_count, 0) as open_count,
        coalesce(c.excluded_count, 0) as excluded_count
    from steps as s
    left join counted as c on c.funnel_id = s.funnel_id and c.step_number = s.step_number
    where s.step_number = 1
),

reached as (
    select
        s.*,
        e.period,
        e.entered_count,
        coalesce(c.reached_count, 0) as reached_count,
        e.open_count - coalesce(c.open_count, 0) as pending_count,
        e.excluded_count,
        coalesce(c.total_seconds, 0) as total_seconds,
        c.median_seconds
    from steps as s
    inner join entered as e on e.funnel_id = s.funnel_id
    left join counted as c
        on c.funnel_id = s.funnel_id and c.step_number = s.step_number and c.period = e.period
),

followed as (
    select
        *,
        coalesce(lag(reached_count) over (partition by funnel_id, period order by step_number), reached_count) as before_count
    from reached
)

select
    f.funnel_id,
    f.period,
    f.step_number,
    f.step_name,
    f.unit,
    f.step_order,
    f.re_entry,
    f.window_seconds,
    f.entered_count,
    f.reached_count,
    cast(f.reached_count as double) / nullif(f.entered_count, 0) as conversion,
    case when f.entered_count > 0 then least(greatest(
    cast((cast(f.reached_count as double) / nullif(f.entered_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * f.entered_count, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(f.reached_count as double) / nullif(f.entered_count, 0)) * (1 - (cast(f.reached_count as double) / nullif(f.entered_count, 0))) as double) / nullif(f.entered_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(f.entered_count as double) * f.entered_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(f.entered_count, 0), 0),
    0.0), 1.0) end as low,
    case when f.entered_count > 0 then least(greatest(
    cast((cast(f.reached_count as double) / nullif(f.entered_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * f.entered_count, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(f.reached_count as double) / nullif(f.entered_count, 0)) * (1 - (cast(f.reached_count as double) / nullif(f.entered_count, 0))) as double) / nullif(f.entered_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(f.entered_count as double) * f.entered_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(f.entered_count, 0), 0),
    0.0), 1.0) end as high,
    f.before_count - f.reached_count as dropped_count,
    cast(f.before_count - f.reached_count as double) / nullif(f.before_count, 0) as dropped_share,
    f.pending_count,
    f.excluded_count,
    f.total_seconds,
    cast(f.total_seconds as double) / nullif(f.reached_count, 0) as mean_seconds,
    f.median_seconds,
    f.definition_version,
    d.data_through
from followed as f
left join (
    select funnel_id, max(reached_date) as data_through from "intermediate"."int_funnel_progress" group by funnel_id
) as d on d.funnel_id = f.funnel_id;
