create table marts."agg_channel_consistency" as
-- Whether customers are served alike wherever they turn: for the same reason, the two channels that differ most in resolution, in
-- first response or in satisfaction, and whether that is more than chance: Holm over all pairs of channels of a measure.
-- A channel of fewer contacts than the least is not compared.
with facts as (

    select
        'resolution' as measure,
        reason,
        channel,
        cast(case when is_back then 0 else 1 end as decimal(18, 3)) as value
    from "marts"."fct_resolutions"
    where excluded_reason is null
    union all
    select
        'first_response' as measure,
        c.reason,
        t.channel,
        cast(t.calendar_seconds as decimal(18, 3)) as value
    from "marts"."fct_case_times" as t
    inner join "marts"."fct_contacts" as c on c.contact_id = t.contact_id
    where t.measure = 'first_response' and t.state = 'done' and t.calendar_seconds is not null
    union all
    select
        'csat' as measure,
        c.reason,
        c.channel,
        cast(case when r.score >= 4 then 1 else 0 end as decimal(18, 3)) as value
    from "marts"."fct_responses" as r
    inner join "marts"."fct_contacts" as c on c.contact_id = r.source || '/' || r.contact_id
    where r.kind = 'csat' and r.aspect = 'overall' and r.is_counted and r.scale_min = 1 and r.scale_max = 5

),

summed as (

    select
        measure,
        reason,
        channel,
        count(*) as n,
        cast(sum(value) as double) as total,
        cast(sum(cast(value as decimal(19, 3)) * cast(value as decimal(19, 3))) as double) as squares
    from facts
    where reason is not null and channel is not null
    group by measure, reason, channel

),

pairs as (

    select
        a.measure,
        a.reason,
        a.channel,
        b.channel as other_channel,
        a.n,
        b.n as other_n,
        cast(a.total as double) / nullif(a.n, 0) as mean,
        cast(b.total as double) / nullif(b.n, 0) as other_mean,
        cast(a.total + b.total as double) / nullif(a.n + b.n, 0) as common_mean,
        greatest(cast(a.squares - cast(a.total * a.total as double) / nullif(a.n, 0) as double), 0) as spread,
        greatest(cast(b.squares - cast(b.total * b.total as double) / nullif(b.n, 0) as double), 0) as other_spread
    from summed as a
    inner join summed as b on b.measure = a.measure and b.reason = a.reason and b.channel > a.channel
    where a.n >= 30 and b.n >= 30

),

-- two shares by their common variance, two means each by its own
erring as (

    select
        *,
        case
            when measure = 'first_response' then sqrt(
                cast(spread as double) / nullif(cast(n as double) * (n - 1), 0)
                + cast(other_spread as double) / nullif(cast(other_n as double) * (other_n - 1), 0))
            else sqrt(greatest(common_mean * (1 - common_mean), 0)
                * (cast(1 as double) / nullif(n, 0) + cast(1 as double) / nullif(other_n, 0)))
        end as error
    from pairs

),

tested as (

    select
        *,
        -- two that are wholly alike differ by nothing
        case when mean = other_mean then 1.0
            else ((cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (0.254829592 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (-0.284496736 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (1.421413741 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (-1.453152027 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * 1.061405429))))
    * exp(-1 * (cast(cast(abs(mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476) * (cast(cast(abs(mean - other_mean) as double) / nullif(error, 0) as double) * 0.7071067811865476))) end as p_value
    from erring

),

-- Holm (1979) over all pairs of a measure
ranked as (

    select
        *,
        row_number() over (
            partition by measure order by case when p_value is null then 1 else 0 end, p_value, reason, channel, other_channel
        ) as p_rank,
        count(p_value) over (partition by measure) as p_count,
        row_number() over (
            partition by measure, reason order by abs(mean - other_mean) desc, channel, other_channel
        ) as place
    from tested

),

adjusted as (

    select
        *,
        case when p_value is not null then least(max(p_value * (p_count - p_rank + 1)) over (
            partition by measure order by p_rank rows between unbounded preceding and current row
        ), 1.0) end as p_adjusted
    from ranked

),

reasons as (

    select
        measure,
        reason,
        cast(sum(n) as bigint) as n,
        count(case when n >= 30 then 1 end) as channels,
        count(case when n < 30 then 1 end) as small_channels
    from summed
    group by measure, reason

)

select
    r.measure,
    r.reason,
    r.n,
    r.channels,
    r.small_channels,
    case when a.mean >= a.other_mean then a.channel else a.other_channel end as high_channel,
    case when a.mean >= a.other_mean then a.other_channel else a.channel end as low_channel,
    greatest(a.mean, a.other_mean) as high_value,
    least(a.mean, a.other_mean) as low_value,
    abs(a.mean - a.other_mean) as difference,
    a.p_value,
    a.p_adjusted
from reasons as r
left join adjusted as a on a.measure = r.measure and a.reason = r.reason and a.place = 1;
