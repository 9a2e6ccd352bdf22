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

{# Ranges that touch or overlap, as one: (the keys, from_us, to_us). `ranges` has the keys, from_us and to_us; an empty or
   reversed one is none. #}
{% macro merged_ranges(ranges, keys) -%}
(
    select
        {{ keys | join(', ') }},
        min(from_us) as from_us,
        max(to_us) as to_us
    from (
        select
            *,
            sum(is_new) over (partition by {{ keys | join(', ') }} order by from_us, to_us
                rows between unbounded preceding and current row) as range_number
        from (
            select
                *,
                case when from_us <= max(to_us) over (partition by {{ keys | join(', ') }} order by from_us, to_us
                    rows between unbounded preceding and 1 preceding) then 0 else 1 end as is_new
            from {{ ranges }}
            where from_us < to_us
        ) as begun
    ) as numbered
    group by {{ keys | join(', ') }}, range_number
)
{%- endmacro %}

{# How long clocks ran, one row per span: (span_id, elapsed_us, deadline_us, schedule_count, interval_count, dropped_count,
   excluded_reason). `parts` has one row or several per span: span_id, contact_number, clock_id (null: the schedules of the
   contact), started_us and ended_us; the clock rests between them. `interval_count` are the stretches of opening hours that
   the span touches, `dropped_count` the stretches of weekly hours in it that an exception took out. Where the hours are not
   known, the time is null and the reason said.

   With `targets`, `parts` also has target_us, and until when the part would have lasted, lasting_us (null: open): deadline_us
   is when its clock has run for longer than the target, null where that is beyond the calendar. #}
{% macro business_time(parts, targets=false) -%}
(
    with placed as (

        select
            p.span_id,
            k.clock_id,
            greatest(p.started_us, coalesce(k.from_us, p.started_us)) as started_us,
            case when k.to_us < p.ended_us then k.to_us else p.ended_us end as ended_us,
            case when p.ended_us < p.started_us then 1 else 0 end as is_reversed
            {%- if targets %},
            p.target_us,
            case when k.to_us < p.lasting_us or p.lasting_us is null then k.to_us else p.lasting_us end as lasting_us
            {%- endif %}
        from {{ parts }} as p
        inner join {{ ref('int_contact_clocks') }} as k on k.contact_number = p.contact_number
        where p.clock_id is null
            {#- a schedule that came into force after the span is of no account, but for what would have lasted #}
            and (k.from_us is null or k.from_us <= p.started_us
                or k.from_us < {{ "coalesce(p.lasting_us, k.from_us + 1)" if targets else "p.ended_us" }})
            and (k.to_us is null or k.to_us > p.started_us)
        union all
        select
            p.span_id,
            p.clock_id,
            p.started_us,
            p.ended_us,
            case when p.ended_us < p.started_us then 1 else 0 end as is_reversed
            {%- if targets %},
            p.target_us,
            p.lasting_us
            {%- endif %}
        from {{ parts }} as p
        where p.clock_id is not null

    ),

    clocks as (

        select
            clock_id,
            max(open_us_before + is_open * (ends_us - starts_us)) as open_us
        from {{ ref('int_business_clock') }}
        group by clock_id

    ),

    looked_up as (

        select
            p.*,
            c.clock_id is not null as is_known,
            b.clock_id is not null and (e.clock_id is not null or p.ended_us < p.started_us) as is_whole,
            {{ _ran('b', 'p.started_us') }} as ran_before,
            {{ _ran('e', 'p.ended_us') }} - {{ _ran('b', 'p.started_us') }} as ran_us,
            {{ _unknown('e', 'p.ended_us') }} - {{ _unknown('b', 'p.started_us') }} as unknown_us,
            greatest(e.opened_count - b.closed_count, 0) as interval_count,
            greatest(e.off_begun_count - b.off_ended_count, 0) as dropped_count
            {%- if targets %},
            case when p.lasting_us is null then c.open_us else {{ _ran('l', 'p.lasting_us') }} end
                - {{ _ran('b', 'p.started_us') }} as lasting_ran_us
            {%- endif %}
        from (
            select
                *,
                {{ day_number('started_us') }} as first_day,
                {{ day_number('greatest(ended_us - 1, started_us)') }} as last_day
                {%- if targets %},
                {{ day_number('greatest(lasting_us - 1, started_us)') }} as lasting_day
                {%- endif %}
            from placed
        ) as p
        left join clocks as c on c.clock_id = p.clock_id
        left join {{ ref('int_business_clock') }} as b
            on b.clock_id = p.clock_id
            and b.day_number = p.first_day
            and b.starts_us <= p.started_us
            and b.ends_us > p.started_us
        left join {{ ref('int_business_clock') }} as e
            on e.clock_id = p.clock_id
            and e.day_number = p.last_day
            and e.starts_us <= greatest(p.ended_us - 1, p.started_us)
            and e.ends_us > greatest(p.ended_us - 1, p.started_us)
            and p.ended_us >= p.started_us
        {%- if targets %}
        left join {{ ref('int_business_clock') }} as l
            on l.clock_id = p.clock_id
            and l.day_number = p.lasting_day
            and l.starts_us <= greatest(p.lasting_us - 1, p.started_us)
            and l.ends_us > greatest(p.lasting_us - 1, p.started_us)
        {%- endif %}

    ),
    {%- if targets %}

    -- of the parts in which the target is passed, the first is passed first
    wanted as (

        select
            *,
            case when ran_in_all > target_us then ran_before + target_us - ran_in_all + lasting_ran_us end as wanted_us
        from (
            select
                *,
                cast(sum(lasting_ran_us) over (partition by span_id order by started_us, clock_id
                    rows between unbounded preceding and current row) as bigint) as ran_in_all
            from looked_up
        ) as s

    ),

    pieces as (

        select
            clock_id,
            starts_us,
            open_us_before as from_us,
            open_us_before + ends_us - starts_us as to_us,
            {{ day_number('open_us_before') }} as bucket
        from {{ ref('int_business_clock') }}
        where is_open = 1
        union all
        select
            clock_id,
            starts_us,
            open_us_before as from_us,
            open_us_before + ends_us - starts_us as to_us,
            {{ day_number('open_us_before + ends_us - starts_us - 1') }} as bucket
        from {{ ref('int_business_clock') }}
        where is_open = 1
            and {{ day_number('open_us_before + ends_us - starts_us - 1') }} > {{ day_number('open_us_before') }}

    ),

    measured as (

        select
            w.*,
            p.starts_us + w.wanted_us - p.from_us as deadline_us
        from wanted as w
        left join pieces as p
            on p.clock_id = w.clock_id
            and p.bucket = {{ day_number('w.wanted_us') }}
            and p.from_us <= w.wanted_us
            and p.to_us > w.wanted_us

    ),
    {%- endif %}

    summed as (

        select
            span_id,
            {#- a part that only a deadline asks for begins after the span has ended #}
            {%- set counts = "ended_us >= started_us or is_reversed = 1" %}
            cast(sum(case when ended_us >= started_us then ran_us end) as bigint) as ran_us,
            cast(sum(case when ended_us >= started_us then unknown_us end) as bigint) as unknown_us,
            {%- if targets %}
            min(deadline_us) as deadline_us,
            {%- endif %}
            max(is_reversed) as is_reversed,
            count(case when {{ counts }} then clock_id end) as part_count,
            count(distinct case when {{ counts }} then clock_id end) as schedule_count,
            cast(coalesce(sum(interval_count), 0) as bigint) as interval_count,
            cast(coalesce(sum(dropped_count), 0) as bigint) as dropped_count,
            min(case when is_known or not ({{ counts }}) then 1 else 0 end) as is_known,
            min(case when is_whole or not ({{ counts }}) then 1 else 0 end) as is_whole
        from {{ 'measured' if targets else 'looked_up' }}
        group by span_id

    ),

    judged as (

        select
            *,
            case
                when is_reversed = 1 then 'end_before_start'
                when part_count = 0 then 'no_schedule'
                when is_known = 0 then 'unknown_schedule'
                when is_whole = 0 then 'beyond_calendar'
                when unknown_us > 0 then 'schedule_hole'
            end as excluded_reason
        from summed

    )

    select
        span_id,
        case when excluded_reason is null then ran_us end as elapsed_us,
        {%- if targets %}
        case when excluded_reason is null then deadline_us end as deadline_us,
        {%- endif %}
        schedule_count,
        interval_count,
        dropped_count,
        excluded_reason
    from judged
)
{%- endmacro %}
