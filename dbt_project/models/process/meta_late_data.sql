-- What came late, and what it restated: counts that the landing wrote down beside the rows, so that this costs no
-- look at the rows themselves. Lateness is counted in whole hours and told in days.
with arrivals as (
    select source, table_name, arrived_on, kind, hours_late, rows as row_count, first_at, last_at
    from {{ source('landing', 'lateness') }}
),

late as (
    select source, table_name, arrived_on, hours_late, sum(row_count) as row_count
    from arrivals
    where kind = 'late'
    group by source, table_name, arrived_on, hours_late
),

ranked as (
    select
        source,
        table_name,
        arrived_on,
        hours_late,
        sum(row_count) over (
            partition by source, table_name, arrived_on
            order by hours_late rows between unbounded preceding and current row
        ) as rows_up_to,
        sum(row_count) over (partition by source, table_name, arrived_on) as rows_in_all
    from late
),

-- The least lateness that covers half, or 95 %, of the late rows.
quantiles as (
    select
        source,
        table_name,
        arrived_on,
        min(case when rows_up_to >= 0.5 * rows_in_all then hours_late end) as p50_hours,
        min(case when rows_up_to >= 0.95 * rows_in_all then hours_late end) as p95_hours,
        max(hours_late) as max_hours
    from ranked
    group by source, table_name, arrived_on
),

days as (
    select
        source,
        table_name,
        arrived_on,
        sum(row_count) as row_count,
        sum(case when kind = 'late' then row_count else 0 end) as late_count,
        sum(case when kind = 'late' and hours_late >= 24 * {{ var('hot_days') }} then row_count else 0 end) as beyond_count,
        sum(case when kind = 'restated' then row_count else 0 end) as restated_count,
        sum(case when kind = 'held' then row_count else 0 end) as held_count,
        min(case when kind in ('late', 'restated') then first_at end) as first_at,
        max(case when kind in ('late', 'restated') then last_at end) as last_at
    from arrivals
    group by source, table_name, arrived_on
)

select
    d.source,
    d.table_name,
    d.arrived_on as arrival_date,
    cast(d.row_count as bigint) as row_count,
    cast(d.late_count as bigint) as late_count,
    cast(d.beyond_count as bigint) as late_beyond_horizon_count,
    cast(d.restated_count as bigint) as restated_count,
    cast(d.held_count as bigint) as held_count,
    cast(q.p50_hours as double) / 24 as lateness_days_p50,
    cast(q.p95_hours as double) / 24 as lateness_days_p95,
    cast(q.max_hours as double) / 24 as lateness_days_max,
    {{ local_date('d.first_at') }} as first_restated_date,
    {{ local_date('d.last_at') }} as last_restated_date
from days as d
left join quantiles as q
    on q.source = d.source and q.table_name = d.table_name and q.arrived_on = d.arrived_on
