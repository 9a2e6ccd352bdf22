-- Each declared funnel by step and month of the entry, and over all. A step that nobody reached has its row.
with steps as (
    {{ funnel_steps() }}
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
            substr({{ date_text('entered_date') }}, 1, 7) as period
        from {{ ref('int_funnel_progress') }}
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
    {{ wilson_bound('low', 'f.reached_count', 'f.entered_count') }} as low,
    {{ wilson_bound('high', 'f.reached_count', 'f.entered_count') }} as high,
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
    select funnel_id, max(reached_date) as data_through from {{ ref('int_funnel_progress') }} group by funnel_id
) as d on d.funnel_id = f.funnel_id
