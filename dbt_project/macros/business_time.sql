{# Business time: how long a clock ran that stands still while its schedule is closed. `int_business_clock` cuts the time of
   each schedule into pieces, open or closed, and says what had run before each: so the time between two moments is a
   difference of two look-ups, however long the span, and a deadline is a look-up the other way round.

   A boundary within the hour that clocks skip is moved an hour on; one within the hour that comes twice is in the second.
   A day of an exception has the hours that it names, or none. #}

{% macro _day_us() %}{{ return(86400000000) }}{% endmacro %}

{# The day, since 1970 and in UTC, of a moment in microseconds: bigint. #}
{% macro day_number(us) -%}cast(floor(cast({{ us }} as double) / {{ _day_us() }}) as bigint){%- endmacro %}

{# Microseconds since 1970 of a day's midnight in UTC, and of so many seconds after its midnight in a zone: bigint. #}
{% macro midnight_us(day) -%}{{ epoch_us('cast(' ~ day ~ ' as timestamp)') }}{%- endmacro %}
{% macro local_us(day, seconds, zone) -%}
{{ epoch_us(utc_time(timestamp_us(midnight_us(day) ~ ' + 1000000 * cast(' ~ seconds ~ ' as bigint)'), zone)) }}
{%- endmacro %}

{# Where the clock of a piece stands at a moment in it: microseconds that it ran, or in which nobody knows the hours. #}
{% macro _ran(piece, us) -%}({{ piece }}.open_us_before + {{ piece }}.is_open * ({{ us }} - {{ piece }}.starts_us)){%- endmacro %}
{% macro _unknown(piece, us) -%}
({{ piece }}.unknown_us_before + (1 - {{ piece }}.is_known) * ({{ us }} - {{ piece }}.starts_us))
{%- endmacro %}

{# Parts of spans on the schedule that they name, else on those that their contacts follow: a part for each schedule. #}
{% macro _on_schedules(parts) -%}
(
    select
        p.span_id,
        k.clock_id,
        greatest(p.started_us, coalesce(k.from_us, p.started_us)) as started_us,
        case when k.to_us < p.ended_us or p.ended_us is null then k.to_us else p.ended_us end as ended_us
    from {{ parts }} as p
    inner join {{ ref('int_contact_clocks') }} as k
        on k.source = p.source
        and k.contact_id = p.contact_id
        and (k.to_us is null or k.to_us > p.started_us)
        and (k.from_us is null or k.from_us <= p.started_us or p.ended_us is null or k.from_us < p.ended_us)
    where p.clock_id is null
    union all
    select
        span_id,
        clock_id,
        started_us,
        ended_us
    from {{ parts }} as p
    where clock_id is not null
)
{%- endmacro %}

{# The business time of spans, each of one part or of several: (span_id, business_us, schedule_count, interval_count,
   dropped_count, excluded_reason), one row per span. `parts` has span_id, source, contact_id, clock_id (null: the
   contact's schedules), started_us, ended_us.
   `interval_count` are the stretches of opening hours that the span touches, `dropped_count` the stretches of weekly hours
   in it that an exception took out. Where the hours are not known, the time is null and the reason said. #}
{% macro business_time(parts) -%}
(
    select
        s.span_id,
        case when s.is_reversed = 0 and m.is_whole = 1 and m.unknown_us = 0 then m.business_us end as business_us,
        coalesce(m.schedule_count, 0) as schedule_count,
        coalesce(m.interval_count, 0) as interval_count,
        coalesce(m.dropped_count, 0) as dropped_count,
        case
            when s.is_reversed = 1 then 'end_before_start'
            when m.span_id is null then 'no_schedule'
            when m.is_known = 0 then 'unknown_schedule'
            when m.is_whole = 0 then 'beyond_calendar'
            when m.unknown_us > 0 then 'schedule_hole'
        end as excluded_reason
    from (
        select
            span_id,
            max(case when ended_us < started_us then 1 else 0 end) as is_reversed
        from {{ parts }}
        group by span_id
    ) as s
    left join (
        select
            p.span_id,
            cast(sum({{ _ran('e', 'p.ended_us') }} - {{ _ran('b', 'p.started_us') }}) as bigint) as business_us,
            cast(sum({{ _unknown('e', 'p.ended_us') }} - {{ _unknown('b', 'p.started_us') }}) as bigint) as unknown_us,
            count(distinct p.clock_id) as schedule_count,
            cast(sum(case when e.opened_count > b.closed_count then e.opened_count - b.closed_count else 0 end) as bigint)
                as interval_count,
            cast(sum(case when e.off_begun_count > b.off_ended_count then e.off_begun_count - b.off_ended_count else 0 end)
                as bigint) as dropped_count,
            min(case when c.clock_id is null then 0 else 1 end) as is_known,
            min(case when b.clock_id is null or e.clock_id is null then 0 else 1 end) as is_whole
        from (
            select *, greatest(ended_us - 1, started_us) as last_us
            from {{ _on_schedules(parts) }} as k
        ) as p
        left join (select distinct clock_id from {{ ref('int_business_clock') }}) as c on c.clock_id = p.clock_id
        left join {{ ref('int_business_clock') }} as b
            on b.clock_id = p.clock_id
            and b.day_number = {{ day_number('p.started_us') }}
            and b.starts_us <= p.started_us
            and b.ends_us > p.started_us
        left join {{ ref('int_business_clock') }} as e
            on e.clock_id = p.clock_id
            and e.day_number = {{ day_number('p.last_us') }}
            and e.starts_us <= p.last_us
            and e.ends_us > p.last_us
        group by p.span_id
    ) as m on m.span_id = s.span_id
)
{%- endmacro %}

{# When the clock of a span has run for longer than `target_us`: (span_id, deadline_us), without a row where that is beyond
   the calendar or the hours are not known. `parts` has span_id, clock (calendar or business), source, contact_id,
   clock_id, started_us, ended_us (null: open) and target_us; a clock rests between its parts. #}
{% macro deadlines(parts) -%}
(
    with placed as (
        select
            k.span_id,
            k.clock_id,
            k.started_us,
            {{ _ran('b', 'k.started_us') }} as ran_before,
            case
                when k.ended_us is null then c.open_us
                else {{ _ran('e', 'k.ended_us') }}
            end - {{ _ran('b', 'k.started_us') }} as ran_us
        from (
            select *, greatest(ended_us - 1, started_us) as last_us
            from {{ _on_schedules("(select * from " ~ parts ~ " as r where r.clock = 'business')") }} as r
        ) as k
        inner join {{ ref('int_business_clock') }} as b
            on b.clock_id = k.clock_id
            and b.day_number = {{ day_number('k.started_us') }}
            and b.starts_us <= k.started_us
            and b.ends_us > k.started_us
        inner join (
            select clock_id, max(open_us_before + is_open * (ends_us - starts_us)) as open_us
            from {{ ref('int_business_clock') }}
            group by clock_id
        ) as c on c.clock_id = k.clock_id
        left join {{ ref('int_business_clock') }} as e
            on e.clock_id = k.clock_id
            and e.day_number = {{ day_number('k.last_us') }}
            and e.starts_us <= k.last_us
            and e.ends_us > k.last_us
        union all
        select
            span_id,
            null as clock_id,
            started_us,
            started_us as ran_before,
            coalesce(ended_us, {{ 1000000 * 253402300800 }}) - started_us as ran_us
        from {{ parts }} as r
        where r.clock = 'calendar'
    ),

    targets as (
        select span_id, max(target_us) as target_us from {{ parts }} as r group by span_id
    ),

    summed as (
        select
            p.*,
            t.target_us,
            cast(sum(p.ran_us) over (partition by p.span_id order by p.started_us, p.clock_id
                rows between unbounded preceding and current row) as bigint) as ran_in_all
        from placed as p
        inner join targets as t on t.span_id = p.span_id
    ),

    reached as (
        select
            span_id,
            clock_id,
            ran_before + target_us - (ran_in_all - ran_us) as wanted_us,
            row_number() over (partition by span_id order by started_us, clock_id) as place
        from summed
        where ran_in_all > target_us
    ),

    pieces as (
        select
            clock_id,
            starts_us,
            open_us_before as from_us,
            open_us_before + ends_us - starts_us as to_us
        from {{ ref('int_business_clock') }}
        where is_open = 1
    )

    select
        r.span_id,
        p.starts_us + r.wanted_us - p.from_us as deadline_us
    from reached as r
    inner join (
        select *, {{ day_number('from_us') }} as bucket from pieces
        union all
        select *, {{ day_number('to_us - 1') }} as bucket from pieces
        where {{ day_number('to_us - 1') }} > {{ day_number('from_us') }}
    ) as p
        on p.clock_id = r.clock_id
        and p.bucket = {{ day_number('r.wanted_us') }}
        and p.from_us <= r.wanted_us
        and p.to_us > r.wanted_us
    where r.place = 1
    union all
    select
        span_id,
        wanted_us as deadline_us
    from reached
    where place = 1 and clock_id is null
)
{%- endmacro %}
