-- The time of each schedule, cut where it opens or closes, where its hours become known or unknown, and at each midnight
-- of UTC: whether it is open, and what had run before. It reaches back to the first contact, of the last twenty years,
-- and on for as many days as a promise may lie ahead.
{%- set ahead, back = 400, 7300 %}
{%- set until_now = 'partition by clock_id order by at_us rows between unbounded preceding and current row' %}
{%- set until_then = 'partition by clock_id order by starts_us rows between unbounded preceding and 1 preceding' %}

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
    from {{ ref('schedules') }} as s
    left join {{ known_zones() }} as z on z.zone = s.zone

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
        select {{ local_date('opened_at') }} as local_date from {{ ref('contacts') }}
    ) as c
    where {{ days_between('local_date', as_of()) }} <= {{ back }}

),

days as (

    select
        k.clock_id,
        k.zone,
        c.day,
        {{ iso_weekday('c.day') }} as weekday,
        {{ midnight_us('c.day') }} as midnight_us
    from clocks as k
    cross join reach as r
    inner join {{ calendar("date '1990-01-01'", "date '2099-12-31'") }} as c
        on {{ days_between('r.first_day', 'c.day') }} >= -2 and {{ days_between(as_of(), 'c.day') }} <= {{ ahead }}

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
        {{ epoch_us('valid_from') }} as valid_from_us,
        {{ epoch_us('valid_to') }} as valid_to_us
    from told
    where weekday is not null and opens >= 0 and closes <= 86400 and opens < closes

),

hours as (

    select
        d.clock_id,
        {{ local_us('d.day', 'w.opens', 'd.zone') }} as opens_us,
        {{ local_us('d.day', 'w.closes', 'd.zone') }} as closes_us,
        w.valid_from_us,
        w.valid_to_us,
        e.day is not null as is_off
    from days as d
    inner join weekly as w on w.clock_id = d.clock_id and w.weekday = d.weekday
    left join exceptions as e on e.clock_id = d.clock_id and e.day = d.day
    union all
    select
        d.clock_id,
        {{ local_us('d.day', 't.opens', 'd.zone') }} as opens_us,
        {{ local_us('d.day', 't.closes', 'd.zone') }} as closes_us,
        {{ epoch_us('t.valid_from') }} as valid_from_us,
        {{ epoch_us('t.valid_to') }} as valid_to_us,
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

    select * from {{ merged_ranges('ranges', ['clock_id', 'kind']) }} as m

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
        {%- for kind in ['open', 'known', 'off'] %}
        count(case when kind = '{{ kind }}' and change = 1 then 1 end) as {{ kind }}_begins,
        count(case when kind = '{{ kind }}' and change = -1 then 1 end) as {{ kind }}_ends{{ ',' if not loop.last }}
        {%- endfor %}
    from changes
    group by clock_id, at_us

),

counted as (

    select
        clock_id,
        at_us as starts_us,
        lead(at_us) over (partition by clock_id order by at_us) as ends_us,
        {%- for kind in ['open', 'known', 'off'] %}
        cast(sum({{ kind }}_begins) over ({{ until_now }}) as bigint) as {{ kind }}_begun,
        cast(sum({{ kind }}_ends) over ({{ until_now }}) as bigint) as {{ kind }}_ended{{ ',' if not loop.last }}
        {%- endfor %}
    from moments

)

select
    clock_id,
    {{ day_number('starts_us') }} as day_number,
    starts_us,
    ends_us,
    open_begun - open_ended as is_open,
    known_begun - known_ended as is_known,
    cast(coalesce(sum((open_begun - open_ended) * (ends_us - starts_us)) over ({{ until_then }}), 0) as bigint)
        as open_us_before,
    cast(coalesce(sum((1 - known_begun + known_ended) * (ends_us - starts_us)) over ({{ until_then }}), 0) as bigint)
        as unknown_us_before,
    open_begun as opened_count,
    open_ended as closed_count,
    off_begun as off_begun_count,
    off_ended as off_ended_count
from counted
where ends_us is not null
