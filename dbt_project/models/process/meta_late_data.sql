-- Files that brought rows older than what their table already reached: late or corrected deliveries.
with reached as (
    select
        load as load_number,
        source,
        table_name,
        file_name,
        accepted,
        min_time,
        max_time,
        loaded_at,
        max(max_time) over (
            partition by source, table_name order by load rows between unbounded preceding and 1 preceding
        ) as reached_before
    from {{ source('landing', 'loads') }}
    where status = 'loaded' and min_time is not null
)

select
    source,
    table_name,
    load_number,
    file_name,
    accepted as row_count,
    min_time as first_row_at,
    max_time as last_row_at,
    reached_before,
    {{ seconds_between('min_time', 'reached_before') }} as late_seconds,
    loaded_at
from reached
where min_time < reached_before
