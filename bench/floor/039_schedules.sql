create table entities."schedules" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as schedule_id,
    cast(null as varchar) as zone,
    cast(null as integer) as weekday,
    cast(null as integer) as opens,
    cast(null as integer) as closes,
    cast(null as date) as holiday_date,
    cast(null as timestamp) as valid_from,
    cast(null as timestamp) as valid_to
where false;
