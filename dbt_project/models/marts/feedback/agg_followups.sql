-- What became of each kind of cause to come back, how long it took with those who still wait, and whether those to whom
-- somebody came back recovered more often than comparable ones: of one channel and score, to whom nobody had come back before
-- they answered again. The difference is that of Mantel and Haenszel over these strata, its interval the score interval
-- of Klingenberg (2014). A person counts once, by the first cause; who was chosen to be called is no draw of lots, so
-- this is no proof of cause.
{%- set groups = 'cause, kind' %}
{%- set fewest = 10 %}
with followups as (

    select
        cause,
        kind,
        followup_id,
        person_id,
        coalesce(channel, 'unknown') as channel,
        score,
        state,
        raised_at,
        case
            when state = 'not_possible' or done_at < raised_at then null
            else {{ seconds_between('raised_at', 'coalesce(done_at, ' ~ as_of_at() ~ ')') }}
        end as seconds,
        case when done_at is not null then 1 else 0 end as is_done,
        case when done_at < resurveyed_at then 1 else 0 end as is_followed,
        case when is_recovered then 1 else 0 end as is_recovered,
        case
            when person_id is null then 'unknown_person'
            when resurveyed_at is null then 'no_resurvey'
        end as excluded_reason
    from {{ ref('fct_followups') }}

),

timed as (

    select {{ groups }}, seconds, is_done
    from followups
    where seconds is not null

),

counted as (

    select
        {{ groups }},
        count(*) as followup_count,
        {%- for state in ['done_in_time', 'done_late', 'started', 'open', 'overdue', 'not_possible'] %}
        count(case when state = '{{ state }}' then 1 end) as {{ state }}_count,
        {%- endfor %}
        count(case when excluded_reason = 'unknown_person' then 1 end) as unknown_person_count,
        count(case when excluded_reason = 'no_resurvey' then 1 end) as no_resurvey_count
    from followups
    group by {{ groups }}

),

in_turn as (

    select
        *,
        row_number() over (partition by {{ groups }}, person_id order by raised_at, followup_id) as turn
    from followups
    where excluded_reason is null

),

strata as (

    select
        {{ groups }},
        channel,
        score,
        count(case when turn > 1 then 1 end) as later_of_person,
        count(case when turn = 1 and is_followed = 1 then 1 end) as n1,
        count(case when turn = 1 and is_followed = 1 and is_recovered = 1 then 1 end) as x1,
        count(case when turn = 1 and is_followed = 0 then 1 end) as n0,
        count(case when turn = 1 and is_followed = 0 and is_recovered = 1 then 1 end) as x0
    from in_turn
    group by {{ groups }}, channel, score

),

-- a stratum in which one of the two is nobody weighs nothing
weighed as (

    select
        *,
        n1 > 0 and n0 > 0 as is_matched,
        cast(n1 * n0 as double) / nullif(n1 + n0, 0) as weight,
        cast(x1 * n0 as double) / nullif(n1 + n0, 0) as recovered_1,
        cast(x0 * n1 as double) / nullif(n1 + n0, 0) as recovered_0,
        cast(n1 * n1 * x0 - n0 * n0 * x1 as double) / nullif((n1 + n0) * (n1 + n0), 0)
            + cast(n1 * n0 * (n0 - n1) as double) / nullif(2 * (n1 + n0) * (n1 + n0), 0) as p,
        cast(x1 * (n0 - x0) + x0 * (n1 - x1) as double) / nullif(2 * (n1 + n0), 0) as q
    from strata

),

summed as (

    select
        {{ groups }},
        cast(sum(later_of_person) as bigint) as later_of_person_count,
        cast(sum(case when is_matched then 0 else n1 + n0 end) as bigint) as unmatched_count,
        {%- for name, column in [('followed', 'n1'), ('followed_recovered', 'x1'), ('others', 'n0'), ('others_recovered', 'x0')] %}
        cast(sum(case when is_matched then {{ column }} else 0 end) as bigint) as {{ name }}_count,
        {%- endfor %}
        {%- for column in ['weight', 'recovered_1', 'recovered_0', 'p', 'q'] %}
        cast(sum(case when is_matched then cast(round({{ column }}, 9) as decimal(38, 9)) end) as double) as {{ column }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from weighed
    group by {{ groups }}

),

compared as (

    select
        *,
        followed_count >= {{ fewest }} and others_count >= {{ fewest }}
            and followed_recovered_count + others_recovered_count between 1 and followed_count + others_count - 1
            as is_bounded,
        cast(recovered_1 as double) / nullif(weight, 0) as followed_rate,
        cast(recovered_0 as double) / nullif(weight, 0) as others_rate,
        cast(recovered_1 - recovered_0 as double) / nullif(weight, 0) as difference,
        cast(recovered_1 - recovered_0 as double) / nullif(weight, 0)
            + cast({{ z_975() }} * {{ z_975() }} * p as double) / nullif(2 * weight * weight, 0) as middle,
        cast({{ z_975() }} * {{ z_975() }} * q as double) / nullif(weight * weight, 0) as spread
    from summed

)

select
    c.cause,
    c.kind,
    c.followup_count,
    c.done_in_time_count,
    c.done_late_count,
    c.started_count,
    c.open_count,
    c.overdue_count,
    c.not_possible_count,
    w.median_seconds,
    w.low_seconds,
    w.high_seconds,
    c.unknown_person_count,
    c.no_resurvey_count,
    coalesce(r.later_of_person_count, 0) as later_of_person_count,
    coalesce(r.unmatched_count, 0) as unmatched_count,
    coalesce(r.followed_count, 0) as followed_count,
    coalesce(r.followed_recovered_count, 0) as followed_recovered_count,
    coalesce(r.others_count, 0) as others_count,
    coalesce(r.others_recovered_count, 0) as others_recovered_count,
    round(r.followed_rate, 9) as followed_rate,
    round(r.others_rate, 9) as others_rate,
    round(r.difference, 9) as difference,
    {%- for side, sign in [('low', '-'), ('high', '+')] %}
    case when r.is_bounded
        then round(least(greatest(r.middle {{ sign }} sqrt(greatest(
            r.middle * r.middle - r.difference * r.difference + r.spread, 0)), -1.0), 1.0), 9)
    end as {{ side }}{{ ',' if not loop.last }}
    {%- endfor %}
from counted as c
left join {{ waiting_medians('timed', groups) }} as w on w.cause = c.cause and w.kind = c.kind
left join compared as r on r.cause = c.cause and r.kind = c.kind
