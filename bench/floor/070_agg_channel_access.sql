create table marts."agg_channel_access" as
-- Whether a channel could be reached when it should: by schedule and day how long it was to be open, and how much of that an
-- outage took; and when customers tried: in hours, out of hours, or in an outage. The schedule is the one that the contacts of the
-- channel follow; those that follow none have no hours.
with attempts as (

    select
        f.channel,
        k.clock_id,
        f.outcome,
        f.local_date,
        /*engine*/ epoch_us(f.opened_at) /*end*/ as at_us
    from "marts"."fct_contacts" as f
    inner join "intermediate"."int_contact_clocks" as k
        on k.source || '/' || k.contact_id = f.contact_id
        and (k.from_us is null or k.from_us <= /*engine*/ epoch_us(f.opened_at) /*end*/)
        and (k.to_us is null or k.to_us > /*engine*/ epoch_us(f.opened_at) /*end*/)
    where f.excluded_reason is null
        and coalesce(f.direction, 'inbound') <> 'outbound'
        and f.channel is not null
        and f.local_date is not null

),

told_outages as (

    select
        channel,
        /*engine*/ epoch_us(started_at) /*end*/ as from_us,
        /*engine*/ epoch_us(case when ended_at < timestamp '{as_of_at}' then ended_at else timestamp '{as_of_at}' end) /*end*/ as to_us
    from "entities"."outages"
    where started_at < timestamp '{as_of_at}'

),

outages as (

    select * from (
    select
        channel,
        min(from_us) as from_us,
        max(to_us) as to_us
    from (
        select
            *,
            sum(is_new) over (partition by channel order by from_us, to_us
                rows between unbounded preceding and current row) as range_number
        from (
            select
                *,
                case when from_us <= max(to_us) over (partition by channel order by from_us, to_us
                    rows between unbounded preceding and 1 preceding) then 0 else 1 end as is_new
            from told_outages
            where from_us < to_us
        ) as begun
    ) as numbered
    group by channel, range_number
) as m

),

judged as (

    select
        a.channel,
        a.clock_id,
        a.local_date,
        a.outcome,
        case
            when b.is_known = 1 and b.is_open = 0 then 'out_of_hours'
            when o.channel is not null then 'in_outage'
            when b.is_known = 1 then 'in_hours'
            else 'hours_unknown'
        end as kind
    from attempts as a
    left join "intermediate"."int_business_clock" as b
        on b.clock_id = a.clock_id
        and b.day_number = cast(floor(cast(a.at_us as double) / 86400000000) as bigint)
        and b.starts_us <= a.at_us
        and b.ends_us > a.at_us
    left join outages as o on o.channel = a.channel and o.from_us <= a.at_us and o.to_us > a.at_us

),

served as (

    select
        channel,
        clock_id,
        min(local_date) as first_day
    from attempts
    where clock_id is not null
    group by channel, clock_id

),

days as (

    select
        c.day,
        /*engine*/ epoch_us(/*engine*/ timezone('UTC', timezone('UTC', /*engine*/ make_timestamp(/*engine*/ epoch_us(cast(c.day as timestamp)) /*end*/ + 1000000 * cast(0 as bigint)) /*end*/)) /*end*/) /*end*/ as from_us,
        /*engine*/ epoch_us(/*engine*/ timezone('UTC', timezone('UTC', /*engine*/ make_timestamp(/*engine*/ epoch_us(cast(c.day as timestamp)) /*end*/ + 1000000 * cast(86400 as bigint)) /*end*/)) /*end*/) /*end*/ as to_us
    from /*engine*/ (
    select cast(at_midnight as date) as day
    from range(cast((select min(first_day) from served) as timestamp), cast(date '{as_of}' as timestamp) + interval 1 day, interval 1 day) as days(at_midnight)
) /*end*/ as c
    where c.day < date '{as_of}'

),

hours as (

    select
        s.channel,
        s.clock_id,
        d.day,
        greatest(b.starts_us, d.from_us) as from_us,
        least(b.ends_us, d.to_us) as to_us
    from served as s
    inner join days as d on d.day >= s.first_day
    inner join "intermediate"."int_business_clock" as b
        on b.clock_id = s.clock_id
        and b.is_open = 1
        and b.day_number between cast(floor(cast(d.from_us as double) / 86400000000) as bigint) and cast(floor(cast(d.to_us - 1 as double) / 86400000000) as bigint)
        and b.starts_us < d.to_us
        and b.ends_us > d.from_us

),

cut as (

    select
        h.channel,
        h.clock_id,
        h.day,
        h.from_us,
        h.to_us,
        sum(case when o.channel is not null then least(h.to_us, o.to_us) - greatest(h.from_us, o.from_us) end) as outage_us
    from hours as h
    left join outages as o on o.channel = h.channel and o.from_us < h.to_us and o.to_us > h.from_us
    group by h.channel, h.clock_id, h.day, h.from_us, h.to_us

),

parts as (

    select
        channel,
        clock_id,
        day as date,
        to_us - from_us as scheduled_us,
        coalesce(outage_us, 0) as outage_us,
        cast(null as varchar) as kind,
        cast(null as varchar) as outcome
    from cut
    union all
    select channel, clock_id, local_date as date, 0 as scheduled_us, 0 as outage_us, kind, outcome
    from judged

),

summed as (

    select
        channel,
        coalesce(clock_id, 'none') as schedule_id,
        date,
        cast(floor(cast(sum(scheduled_us) as double) / 1000000) as bigint) as scheduled_seconds,
        cast(floor(cast(sum(outage_us) as double) / 1000000) as bigint) as outage_seconds,
        count(kind) as attempts,
        count(case when kind = 'in_hours' then 1 end) as in_hours,
        count(case when kind = 'out_of_hours' then 1 end) as out_of_hours,
        count(case when kind = 'in_outage' then 1 end) as in_outage,
        count(case when kind = 'hours_unknown' then 1 end) as hours_unknown,
        count(case when outcome in ('blocked', 'busy') then 1 end) as blocked
    from parts
    group by channel, coalesce(clock_id, 'none'), date

)

select
    channel,
    schedule_id,
    date,
    scheduled_seconds,
    outage_seconds,
    scheduled_seconds - outage_seconds as open_seconds,
    cast(scheduled_seconds - outage_seconds as double) / nullif(scheduled_seconds, 0) as access_share,
    attempts,
    in_hours,
    out_of_hours,
    in_outage,
    hours_unknown,
    blocked
from summed;
