-- Whether a channel could be reached when it should: by schedule and day how long it was to be open, and how much of that an
-- outage took; and when customers tried: in hours, out of hours, or in an outage. The schedule is the one that the contacts of the
-- channel follow; those that follow none have no hours.
{%- set zone = "'" ~ var('reporting_zone', 'UTC') ~ "'" %}
with attempts as (

    select
        f.channel,
        k.clock_id,
        f.outcome,
        f.local_date,
        {{ epoch_us('f.opened_at') }} as at_us
    from {{ ref('fct_contacts') }} as f
    inner join {{ ref('int_contact_clocks') }} as k
        on k.source || '/' || k.contact_id = f.contact_id
        and (k.from_us is null or k.from_us <= {{ epoch_us('f.opened_at') }})
        and (k.to_us is null or k.to_us > {{ epoch_us('f.opened_at') }})
    where f.excluded_reason is null
        and coalesce(f.direction, 'inbound') <> 'outbound'
        and f.channel is not null
        and f.local_date is not null

),

told_outages as (

    select
        channel,
        {{ epoch_us('started_at') }} as from_us,
        {{ epoch_us('case when ended_at < ' ~ as_of_at() ~ ' then ended_at else ' ~ as_of_at() ~ ' end') }} as to_us
    from {{ ref('outages') }}
    where started_at < {{ as_of_at() }}

),

outages as (

    select * from {{ merged_ranges('told_outages', ['channel']) }} as m

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
    left join {{ ref('int_business_clock') }} as b
        on b.clock_id = a.clock_id
        and b.day_number = {{ day_number('a.at_us') }}
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
        {{ local_us('c.day', '0', zone) }} as from_us,
        {{ local_us('c.day', '86400', zone) }} as to_us
    from {{ calendar('(select min(first_day) from served)', as_of()) }} as c
    where c.day < {{ as_of() }}

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
    inner join {{ ref('int_business_clock') }} as b
        on b.clock_id = s.clock_id
        and b.is_open = 1
        and b.day_number between {{ day_number('d.from_us') }} and {{ day_number('d.to_us - 1') }}
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
        {{ whole_seconds('sum(scheduled_us)') }} as scheduled_seconds,
        {{ whole_seconds('sum(outage_us)') }} as outage_seconds,
        count(kind) as attempts,
        {%- for kind in ['in_hours', 'out_of_hours', 'in_outage', 'hours_unknown'] %}
        count(case when kind = '{{ kind }}' then 1 end) as {{ kind }},
        {%- endfor %}
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
from summed
