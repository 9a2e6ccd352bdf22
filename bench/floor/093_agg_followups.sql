create table marts."agg_followups" as
-- What became of each kind of cause to come back, how long it took with those who still wait, and whether those to whom
-- somebody came back recovered more often than comparable ones: of one channel and score, to whom nobody had come back before
-- they answered again. The difference is that of Mantel and Haenszel over these strata, its interval the score interval
-- of Klingenberg (2014). A person counts once, by the first cause; who was chosen to be called is no draw of lots, so
-- this is no proof of cause.
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
            else cast(floor(cast(/*engine*/ epoch_us(coalesce(done_at, timestamp '{as_of_at}')) /*end*/ - /*engine*/ epoch_us(raised_at) /*end*/ as double) / 1000000) as bigint)
        end as seconds,
        case when done_at is not null then 1 else 0 end as is_done,
        case when done_at < resurveyed_at then 1 else 0 end as is_followed,
        case when is_recovered then 1 else 0 end as is_recovered,
        case
            when person_id is null then 'unknown_person'
            when resurveyed_at is null then 'no_resurvey'
        end as excluded_reason
    from "marts"."fct_followups"

),

timed as (

    select cause, kind, seconds, is_done
    from followups
    where seconds is not null

),

counted as (

    select
        cause, kind,
        count(*) as followup_count,
        count(case when state = 'done_in_time' then 1 end) as done_in_time_count,
        count(case when state = 'done_late' then 1 end) as done_late_count,
        count(case when state = 'started' then 1 end) as started_count,
        count(case when state = 'open' then 1 end) as open_count,
        count(case when state = 'overdue' then 1 end) as overdue_count,
        count(case when state = 'not_possible' then 1 end) as not_possible_count,
        count(case when excluded_reason = 'unknown_person' then 1 end) as unknown_person_count,
        count(case when excluded_reason = 'no_resurvey' then 1 end) as no_resurvey_count
    from followups
    group by cause, kind

),

in_turn as (

    select
        *,
        row_number() over (partition by cause, kind, person_id order by raised_at, followup_id) as turn
    from followups
    where excluded_reason is null

),

strata as (

    select
        cause, kind,
        channel,
        score,
        count(case when turn > 1 then 1 end) as later_of_person,
        count(case when turn = 1 and is_followed = 1 then 1 end) as n1,
        count(case when turn = 1 and is_followed = 1 and is_recovered = 1 then 1 end) as x1,
        count(case when turn = 1 and is_followed = 0 then 1 end) as n0,
        count(case when turn = 1 and is_followed = 0 and is_recovered = 1 then 1 end) as x0
    from in_turn
    group by cause, kind, channel, score

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
        cause, kind,
        cast(sum(later_of_person) as bigint) as later_of_person_count,
        cast(sum(case when is_matched then 0 else n1 + n0 end) as bigint) as unmatched_count,
        cast(sum(case when is_matched then n1 else 0 end) as bigint) as followed_count,
        cast(sum(case when is_matched then x1 else 0 end) as bigint) as followed_recovered_count,
        cast(sum(case when is_matched then n0 else 0 end) as bigint) as others_count,
        cast(sum(case when is_matched then x0 else 0 end) as bigint) as others_recovered_count,
        cast(sum(case when is_matched then cast(round(weight, 9) as decimal(38, 9)) end) as double) as weight,
        cast(sum(case when is_matched then cast(round(recovered_1, 9) as decimal(38, 9)) end) as double) as recovered_1,
        cast(sum(case when is_matched then cast(round(recovered_0, 9) as decimal(38, 9)) end) as double) as recovered_0,
        cast(sum(case when is_matched then cast(round(p, 9) as decimal(38, 9)) end) as double) as p,
        cast(sum(case when is_matched then cast(round(q, 9) as decimal(38, 9)) end) as double) as q
    from weighed
    group by cause, kind

),

compared as (

    select
        *,
        followed_count >= 10 and others_count >= 10
            and followed_recovered_count + others_recovered_count between 1 and followed_count + others_count - 1
            as is_bounded,
        cast(recovered_1 as double) / nullif(weight, 0) as followed_rate,
        cast(recovered_0 as double) / nullif(weight, 0) as others_rate,
        cast(recovered_1 - recovered_0 as double) / nullif(weight, 0) as difference,
        cast(recovered_1 - recovered_0 as double) / nullif(weight, 0)
            + cast(1.959963984540054 * 1.959963984540054 * p as double) / nullif(2 * weight * weight, 0) as middle,
        cast(1.959963984540054 * 1.959963984540054 * q as double) / nullif(weight * weight, 0) as spread
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
    case when r.is_bounded
        then round(least(greatest(r.middle - sqrt(greatest(
            r.middle * r.middle - r.difference * r.difference + r.spread, 0)), -1.0), 1.0), 9)
    end as low,
    case when r.is_bounded
        then round(least(greatest(r.middle + sqrt(greatest(
            r.middle * r.middle - r.difference * r.difference + r.spread, 0)), -1.0), 1.0), 9)
    end as high
from counted as c
left join (
    with moments as (

        select
            cause, kind,
            seconds,
            count(case when is_done = 1 then 1 end) as done,
            count(*) as gone
        from timed
        group by cause, kind, seconds

    ),

    at_risk as (

        select
            *,
            sum(gone) over (partition by cause, kind) - sum(gone) over (partition by cause, kind order by seconds rows between unbounded preceding and current row) + gone as n
        from moments

    ),

    waiting as (

        select
            *,
            sum(case when done < n then ln(cast(n - done as double) / nullif(n, 0)) end) over (partition by cause, kind order by seconds rows between unbounded preceding and current row) as log_share,
            max(case when done = n then 1 else 0 end) over (partition by cause, kind order by seconds rows between unbounded preceding and current row) as is_nobody,
            sum(case when done < n then cast(done as double) / nullif(cast(n as double) * (n - done), 0) end)
                over (partition by cause, kind order by seconds rows between unbounded preceding and current row) as variance
        from at_risk

    ),

    shares as (

        select
            cause, kind,
            seconds,
            case when is_nobody = 1 then 0.0 else exp(log_share) end as share,
            case when is_nobody = 0 and log_share < 0
                then exp(cast(1.959963984540054 * sqrt(variance) as double) / nullif(abs(log_share), 0)) end as spread,
            log_share
        from waiting

    )

    -- the first moment at which no more than half wait; rounding must not move it
    select
        cause, kind,
        min(case when share <= 0.5 + 1e-9 then seconds end) as median_seconds,
        min(case when share = 0 or exp(log_share * spread) <= 0.5 + 1e-9 then seconds end) as low_seconds,
        min(case when exp(cast(log_share as double) / nullif(spread, 0)) <= 0.5 + 1e-9 then seconds end) as high_seconds
    from shares
    group by cause, kind
) as w on w.cause = c.cause and w.kind = c.kind
left join compared as r on r.cause = c.cause and r.kind = c.kind;
