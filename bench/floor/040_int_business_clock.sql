create table intermediate."int_business_clock" as
-- The time of each schedule, cut where it opens or closes, where its hours become known or unknown, and at each midnight
-- of UTC: whether it is open, and what had run before. It reaches back to the first contact, of the last twenty years,
-- and on for as many days as a promise may lie ahead.

with told as (

    select
        s.source || '/' || s.schedule_id as clock_id,
        z.zone,
        s.weekday,
        s.opens,
        s.closes,
        s.holiday_date,
        s.valid_from,
        s.valid_to
    from "entities"."schedules" as s
    left join /*engine*/ (select name as zone from pg_timezone_names()) /*end*/ as z on z.zone = s.zone

),

clocks as (

    select
        clock_id,
        min(zone) as zone
    from told
    group by clock_id
    having min(zone) is not null

),

reach as (

    select
        min(local_date) as first_day
    from (
        select cast(opened_at as date) as local_date from "entities"."contacts"
    ) as c
    where /*engine*/ date_diff('day', local_date, date '{as_of}') /*end*/ <= 7300

),

days as (

    select
        k.clock_id,
        k.zone,
        c.day,
        /*engine*/ cast(isodow(c.day) as integer) /*end*/ as weekday,
        /*engine*/ epoch_us(cast(c.day as timestamp)) /*end*/ as midnight_us
    from clocks as k
    cross join reach as r
    inner join /*engine*/ (
    select cast(at_midnight as date) as day
    from range(cast(date '1990-01-01' as timestamp), cast(date '2099-12-31' as timestamp) + interval 1 day, interval 1 day) as days(at_midnight)
) /*end*/ as c
        on /*engine*/ date_diff('day', r.first_day, c.day) /*end*/ >= -2 and /*engine*/ date_diff('day', date '{as_of}', c.day) /*end*/ <= 400

),

bounds as (

    select
        clock_id,
        min(midnight_us) as first_us,
        max(midnight_us) as last_us
    from days
    group by clock_id

),

exceptions as (

    select distinct
        clock_id,
        holiday_date as day
    from told
    where holiday_date is not null

),

weekly as (

    select
        clock_id,
        weekday,
        opens,
        closes,
        /*engine*/ epoch_us(valid_from) /*end*/ as valid_from_us,
        /*engine*/ epoch_us(valid_to) /*end*/ as valid_to_us
    from told
    where weekday is not null and opens >= 0 and closes <= 86400 and opens < closes

),

hours as (

    select
        d.clock_id,
        /*engine*/ epoch_us(/*engine*/ timezone('UTC', timezone(d.zone, /*engine*/ make_timestamp(/*engine*/ epoch_us(cast(d.day as timestamp)) /*end*/ + 1000000 * cast(w.opens as bigint)) /*end*/)) /*end*/) /*end*/ as opens_us,
        /*engine*/ epoch_us(/*engine*/ timezone('UTC', timezone(d.zone, /*engine*/ make_timestamp(/*engine*/ epoch_us(cast(d.day as timestamp)) /*end*/ + 1000000 * cast(w.closes as bigint)) /*end*/)) /*end*/) /*end*/ as closes_us,
        w.valid_from_us,
        w.valid_to_us,
        e.day is not null as is_off
    from days as d
    inner join weekly as w on w.clock_id = d.clock_id and w.weekday = d.weekday
    left join exceptions as e on e.clock_id = d.clock_id and e.day = d.day
    union all
    select
        d.clock_id,
        /*engine*/ epoch_us(/*engine*/ timezone('UTC', timezone(d.zone, /*engine*/ make_timestamp(/*engine*/ epoch_us(cast(d.day as timestamp)) /*end*/ + 1000000 * cast(t.opens as bigint)) /*end*/)) /*end*/) /*end*/ as opens_us,
        /*engine*/ epoch_us(/*engine*/ timezone('UTC', timezone(d.zone, /*engine*/ make_timestamp(/*engine*/ epoch_us(cast(d.day as timestamp)) /*end*/ + 1000000 * cast(t.closes as bigint)) /*end*/)) /*end*/) /*end*/ as closes_us,
        /*engine*/ epoch_us(t.valid_from) /*end*/ as valid_from_us,
        /*engine*/ epoch_us(t.valid_to) /*end*/ as valid_to_us,
        false as is_off
    from days as d
    inner join told as t on t.clock_id = d.clock_id and t.holiday_date = d.day
    where t.opens >= 0 and t.closes <= 86400 and t.opens < t.closes

),

ranges as (

    select
        h.clock_id,
        case when h.is_off then 'off' else 'open' end as kind,
        greatest(h.opens_us, coalesce(h.valid_from_us, h.opens_us), b.first_us) as from_us,
        least(h.closes_us, coalesce(h.valid_to_us, h.closes_us), b.last_us) as to_us
    from hours as h
    inner join bounds as b on b.clock_id = h.clock_id
    union all
    select
        w.clock_id,
        'known' as kind,
        greatest(coalesce(w.valid_from_us, b.first_us), b.first_us) as from_us,
        least(coalesce(w.valid_to_us, b.last_us), b.last_us) as to_us
    from weekly as w
    inner join bounds as b on b.clock_id = w.clock_id

),

merged as (

    select * from (
    select
        clock_id, kind,
        min(from_us) as from_us,
        max(to_us) as to_us
    from (
        select
            *,
            sum(is_new) over (partition by clock_id, kind order by from_us, to_us
                rows between unbounded preceding and current row) as range_number
        from (
            select
                *,
                case when from_us <= max(to_us) over (partition by clock_id, kind order by from_us, to_us
                    rows between unbounded preceding and 1 preceding) then 0 else 1 end as is_new
            from ranges
            where from_us < to_us
        ) as begun
    ) as numbered
    group by clock_id, kind, range_number
) as m

),

changes as (

    select clock_id, from_us as at_us, kind, 1 as change from merged
    union all
    select clock_id, to_us as at_us, kind, -1 as change from merged
    union all
    select clock_id, midnight_us as at_us, 'midnight' as kind, 0 as change from days

),

moments as (

    select
        clock_id,
        at_us,
        count(case when kind = 'open' and change = 1 then 1 end) as open_begins,
        count(case when kind = 'open' and change = -1 then 1 end) as open_ends,
        count(case when kind = 'known' and change = 1 then 1 end) as known_begins,
        count(case when kind = 'known' and change = -1 then 1 end) as known_ends,
        count(case when kind = 'off' and change = 1 then 1 end) as off_begins,
        count(case when kind = 'off' and change = -1 then 1 end) as off_ends
    from changes
    group by clock_id, at_us

),

counted as (

    select
        clock_id,
        at_us as starts_us,
        lead(at_us) over (partition by clock_id order by at_us) as ends_us,
        cast(sum(open_begins) over (partition by clock_id order by at_us rows between unbounded preceding and current row) as bigint) as open_begun,
        cast(sum(open_ends) over (partition by clock_id order by at_us rows between unbounded preceding and current row) as bigint) as open_ended,
        cast(sum(known_begins) over (partition by clock_id order by at_us rows between unbounded preceding and current row) as bigint) as known_begun,
        cast(sum(known_ends) over (partition by clock_id order by at_us rows between unbounded preceding and current row) as bigint) as known_ended,
        cast(sum(off_begins) over (partition by clock_id order by at_us rows between unbounded preceding and current row) as bigint) as off_begun,
        cast(sum(off_ends) over (partition by clock_id order by at_us rows between unbounded preceding and current row) as bigint) as off_ended
    from moments

)

select
    clock_id,
    cast(floor(cast(starts_us as double) / 86400000000) as bigint) as day_number,
    starts_us,
    ends_us,
    open_begun - open_ended as is_open,
    known_begun - known_ended as is_known,
    cast(coalesce(sum((open_begun - open_ended) * (ends_us - starts_us)) over (partition by clock_id order by starts_us rows between unbounded preceding and 1 preceding), 0) as bigint)
        as open_us_before,
    cast(coalesce(sum((1 - known_begun + known_ended) * (ends_us - starts_us)) over (partition by clock_id order by starts_us rows between unbounded preceding and 1 preceding), 0) as bigint)
        as unknown_us_before,
    open_begun as opened_count,
    open_ended as closed_count,
    off_begun as off_begun_count,
    off_ended as off_ended_count
from counted
where ends_us is not null;
