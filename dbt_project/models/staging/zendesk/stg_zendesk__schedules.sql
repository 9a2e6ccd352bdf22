-- Zendesk counts minutes from Sunday's midnight, and one interval may go over several days, also from Saturday into Sunday:
-- here each day has its own.
-- Its tables keep no history of opening hours, so intervals that hold no more are left out and none has a validity.
with intervals as (

    select * from {{ rows_of('zendesk', 'schedules') }}
    where not coalesce(is_deleted, false)

),

zones as (

    select
        schedule_id,
        min(zone) as zone
    from intervals
    group by schedule_id

),

days as (
{%- for day in range(8) %}
    select {{ day }} as day, {{ day or 7 }} as weekday{{ ' union all' if not loop.last }}
{%- endfor %}
)

select
    'zendesk' as source,
    cast(i.schedule_id as varchar) || '/' || cast(i.start_time as varchar) || '/' || cast(d.day as varchar) as source_id,
    i.synced_at as version_at,
    cast(i.schedule_id as varchar) as schedule_id,
    i.zone,
    d.weekday,
    60 * (greatest(i.start_time, 1440 * d.day) - 1440 * d.day) as opens,
    60 * (least(i.end_time, 1440 * (d.day + 1)) - 1440 * d.day) as closes,
    null as holiday_date,
    null as valid_from,
    null as valid_to
from intervals as i
inner join days as d on i.start_time < 1440 * (d.day + 1) and i.end_time > 1440 * d.day

union all

select
    'zendesk' as source,
    'holiday/' || cast(h.holiday_id as varchar) || '/' || {{ date_text('c.day') }} as source_id,
    h.synced_at as version_at,
    cast(h.schedule_id as varchar) as schedule_id,
    z.zone,
    null as weekday,
    null as opens,
    null as closes,
    c.day as holiday_date,
    null as valid_from,
    null as valid_to
from {{ rows_of('zendesk', 'schedule_holidays') }} as h
inner join {{ calendar("date '2000-01-01'", "date '2099-12-31'") }} as c on c.day between h.start_date and h.end_date
left join zones as z on z.schedule_id = h.schedule_id
where not coalesce(h.is_deleted, false)
