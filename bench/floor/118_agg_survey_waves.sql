create table marts."agg_survey_waves" as
-- What each wave of a survey says of each item, as it was answered and weighted by strata where the source gives weights,
-- and whether it moved against the wave before by more than chance. Scales are never mixed: an item asked on another scale
-- has no figure. Weighted figures rest on the effective number of answers, (sum of weights)^2 / sum of squares (Kish 1965).
with answers as (

    select
        source,
        survey_id,
        coalesce(wave, 'none') as wave,
        item_id,
        kind,
        aspect,
        scale_min,
        scale_max,
        is_counted,
        answered_at,
        cast(coalesce(weight, 1) as decimal(19, 6)) as weight,
        weight is not null as is_weighted,
        cast(case
            when kind = 'nps' then case nps_bucket when 'promoter' then 1 when 'detractor' then -1 when 'passive' then 0 end
            when kind = 'csat' and scale_min = 1 and scale_max = 5 then case when score >= 4 then 1 else 0 end
            when kind = 'ces' and scale_min = 1 and scale_max = 7 then case when score >= 5 then 1 else 0 end
            when kind = 'fcr' and lower(choice) = 'yes' then 1
            when kind = 'fcr' and lower(choice) = 'no' then 0
        end as decimal(4, 0)) as x
    from "marts"."fct_responses"
    where kind in ('nps', 'csat', 'ces', 'fcr')

),

waves as (

    select
        source, survey_id, item_id, kind, scale_min, scale_max,
        wave,
        max(aspect) as aspect,
        min(answered_at) as first_answered_at,
        count(case when is_counted and x is not null then 1 end) as n,
        count(case when not is_counted then 1 end) as excluded_count,
        count(case when is_counted and x is null then 1 end) as other_scale_count,
        coalesce(max(case when is_weighted then 1 else 0 end), 0) = 1 as is_weighted,
        cast(sum(case when is_counted then x end) as double) as x_sum,
        cast(sum(case when is_counted then x * x end) as double) as xx_sum,
        cast(sum(case when is_counted and x is not null then weight end) as double) as w_sum,
        cast(sum(case when is_counted and x is not null then weight * weight end) as double) as ww_sum,
        cast(sum(case when is_counted then weight * x end) as double) as wx_sum,
        cast(sum(case when is_counted then weight * x * x end) as double) as wxx_sum
    from answers
    group by source, survey_id, item_id, kind, scale_min, scale_max, wave

),

weighed as (

    select
        *,
        case when kind = 'nps' then 100 else 1 end as scale,
        cast(w_sum * w_sum as double) / nullif(ww_sum, 0) as n_effective,
        cast(x_sum as double) / nullif(n, 0) as x_mean,
        cast(wx_sum as double) / nullif(w_sum, 0) as mean,
        cast(wxx_sum as double) / nullif(w_sum, 0) as square
    from waves

),

bounded as (

    select
        *,
        case
            when kind = 'nps' then case when n_effective > 0 then greatest(
    100 * ((cast(mean * n_effective as double) / nullif(n_effective + 3, 0)) - 1.959963984540054 * sqrt(greatest(
        cast((cast(square * n_effective + 1.5 as double) / nullif(n_effective + 3, 0)) - (cast(mean * n_effective as double) / nullif(n_effective + 3, 0)) * (cast(mean * n_effective as double) / nullif(n_effective + 3, 0)) as double) / nullif(n_effective + 3, 0), 0))),
    -100.0) end
            else case when n_effective > 0 then least(greatest(
    cast((cast(mean * n_effective as double) / nullif(n_effective, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * n_effective, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(mean * n_effective as double) / nullif(n_effective, 0)) * (1 - (cast(mean * n_effective as double) / nullif(n_effective, 0))) as double) / nullif(n_effective, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(n_effective as double) * n_effective, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(n_effective, 0), 0),
    0.0), 1.0) end
        end as low,
        case
            when kind = 'nps' then case when n_effective > 0 then least(
    100 * ((cast(mean * n_effective as double) / nullif(n_effective + 3, 0)) + 1.959963984540054 * sqrt(greatest(
        cast((cast(square * n_effective + 1.5 as double) / nullif(n_effective + 3, 0)) - (cast(mean * n_effective as double) / nullif(n_effective + 3, 0)) * (cast(mean * n_effective as double) / nullif(n_effective + 3, 0)) as double) / nullif(n_effective + 3, 0), 0))),
    100.0) end
            else case when n_effective > 0 then least(greatest(
    cast((cast(mean * n_effective as double) / nullif(n_effective, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * n_effective, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(mean * n_effective as double) / nullif(n_effective, 0)) * (1 - (cast(mean * n_effective as double) / nullif(n_effective, 0))) as double) / nullif(n_effective, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(n_effective as double) * n_effective, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(n_effective, 0), 0),
    0.0), 1.0) end
        end as high,
        lag(wave) over (partition by source, survey_id, item_id, kind, scale_min, scale_max order by first_answered_at, wave) as wave_before,
        lag(n_effective) over (partition by source, survey_id, item_id, kind, scale_min, scale_max order by first_answered_at, wave) as n_before,
        lag(mean) over (partition by source, survey_id, item_id, kind, scale_min, scale_max order by first_answered_at, wave) as mean_before,
        lag(square) over (partition by source, survey_id, item_id, kind, scale_min, scale_max order by first_answered_at, wave) as square_before
    from weighed

),

-- two shares of one size have one variance if nothing moved; so have the two differences of an NPS
compared as (

    select
        *,
        cast(mean * n_effective + mean_before * n_before as double) / nullif(n_effective + n_before, 0) as pooled,
        cast(square * n_effective + square_before * n_before as double) / nullif(n_effective + n_before, 0) as pooled_square
    from bounded

),

erring as (

    select
        *,
        sqrt(greatest(pooled_square - pooled * pooled, 0)
            * (cast(1 as double) / nullif(n_effective, 0) + cast(1 as double) / nullif(n_before, 0))) as error
    from compared

),

tested as (

    select
        *,
        ((cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(mean - mean_before) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (0.254829592 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(mean - mean_before) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (-0.284496736 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(mean - mean_before) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (1.421413741 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(mean - mean_before) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * (-1.453152027 + (cast(1 as double) / nullif(1 + 0.3275911 * (cast(cast(abs(mean - mean_before) as double) / nullif(error, 0) as double) * 0.7071067811865476), 0)) * 1.061405429))))
    * exp(-1 * (cast(cast(abs(mean - mean_before) as double) / nullif(error, 0) as double) * 0.7071067811865476) * (cast(cast(abs(mean - mean_before) as double) / nullif(error, 0) as double) * 0.7071067811865476))) as p_value
    from erring

),

-- Holm (1979) over all comparisons of a survey
ranked as (

    select
        *,
        row_number() over (
            partition by source, survey_id
            order by case when p_value is null then 1 else 0 end, p_value, item_id, kind, scale_min, wave
        ) as p_rank,
        count(p_value) over (partition by source, survey_id) as p_count
    from tested

)

select
    source,
    survey_id,
    item_id,
    wave,
    kind,
    aspect,
    scale_min,
    scale_max,
    n,
    excluded_count,
    other_scale_count,
    is_weighted,
    scale * x_mean as unweighted_value,
    scale * mean as value,
    low,
    high,
    n_effective,
    first_answered_at,
    wave_before,
    scale * (mean - mean_before) as change,
    p_value,
    case when p_value is not null then least(max(p_value * (p_count - p_rank + 1)) over (
        partition by source, survey_id order by p_rank rows between unbounded preceding and current row
    ), 1.0) end as p_adjusted
from ranked;
