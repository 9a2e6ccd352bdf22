{# The models that share a conversion among the touches before it, version 1.

   `ppm` is the credit of one touch in millionths, `channel_ppm` that of all touches of a channel, rounded down; what
   is left of a conversion goes to its last touch, so that the credits of a conversion sum to exactly one. `place` counts
   a conversion's touches from 1 to `touches`.
   Shapley is exact: where a coalition of channels is worth the conversions whose touches all lie within it, each
   conversion is shared evenly by its different channels (a sum of unanimity games), however many there are. #}
{% macro attribution_models() %}
  {{ return([
    {'model': 'first', 'ppm': 'case when place = 1 then 1000000 else 0 end'},
    {'model': 'last', 'ppm': 'case when place = touches then 1000000 else 0 end'},
    {'model': 'last_non_direct', 'ppm': 'case when place = coalesce(last_non_direct, touches) then 1000000 else 0 end'},
    {'model': 'linear', 'ppm': 'floor(cast(1000000 as double) / nullif(touches, 0))'},
    {'model': 'position', 'ppm': 'case when touches = 1 then 1000000 when touches = 2 then 500000 '
        ~ 'when place in (1, touches) then 400000 else floor(cast(200000 as double) / nullif(touches - 2, 0)) end'},
    {'model': 'time_decay', 'ppm': 'floor(cast(1000000 * weight as double) / nullif(weights, 0))'},
    {'model': 'shapley', 'channel_ppm': 'floor(cast(1000000 as double) / nullif(channels, 0))'},
  ]) }}
{% endmacro %}

{% macro attribution_version() %}{{ return(1) }}{% endmacro %}

{# Which touchpoints can lead to a conversion. #}
{% macro touch_kinds() %}{{ return(['web_session', 'message']) }}{% endmacro %}

{# Of more touches than this before one conversion the last ones count. #}
{% macro most_touches() %}{{ return(100) }}{% endmacro %}

{# How many channels a Markov chain tells apart in a month; the rarer ones are `other`. #}
{% macro most_channels() %}{{ return(12) }}{% endmacro %}

{# The product of two sparse matrices (month, r, c, v). Parts are decimals: their sum is the same in every order. #}
{% macro matrix_product(a, b) -%}
select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from {{ a }} as a
    inner join {{ b }} as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
{%- endmacro %}

{# From a CTE `steps` (month, from_state, to_state, step_count; states are channels, start, conversion and end) to a CTE
   `removal` (month, channel, removal_effect): the share of conversions that would not come about if who comes to the
   channel went away there. Who comes to c from the start, times what converts from c, of all that converts:
   (aN)_c / N_cc * (Nb)_c / aNb, with N = I + Q + Q^2 + ... of the steps among channels. Steps from a channel to itself are
   left out: they change none of these. N is summed by doubling to 1,024 steps. #}
{% macro removal_effects() -%}
shares as (
    select
        month,
        from_state as r,
        to_state as c,
        cast(step_count as double) / nullif(sum(step_count) over (partition by month, from_state), 0) as v
    from steps
),

q_0 as (
    select month, r, c, v from shares where r <> 'start' and c not in ('conversion', 'end')
),

visits_0 as (
    select month, r, r as c, cast(1 as double) as v from shares where r <> 'start' group by month, r
    union all
    select month, r, c, v from q_0
),
{% for n in range(1, 10) %}
q_{{ n }} as (
    {{ matrix_product('q_' ~ (n - 1), 'q_' ~ (n - 1)) }}
),

more_{{ n }} as (
    {{ matrix_product('visits_' ~ (n - 1), 'q_' ~ n) }}
),

visits_{{ n }} as (
    select month, r, c, cast(sum(cast(round(v, 15) as decimal(38, 15))) as double) as v
    from (
        select month, r, c, v from visits_{{ n - 1 }}
        union all
        select month, r, c, v from more_{{ n }}
    ) as both_parts
    group by month, r, c
),
{% endfor %}
starts as (
    select month, r, c, v from shares where r = 'start'
),

ends as (
    select month, r, c, v from shares where c = 'conversion'
),

visited as (
    {{ matrix_product('starts', 'visits_9') }}
),

converted as (
    {{ matrix_product('visits_9', 'ends') }}
),

whole as (
    {{ matrix_product('visited', 'ends') }}
),

removal as (
    select
        n.month,
        n.r as channel,
        least(cast(s.v * e.v as double) / nullif(n.v * w.v, 0), 1.0) as removal_effect
    from visits_9 as n
    inner join visited as s on s.month = n.month and s.c = n.r
    inner join converted as e on e.month = n.month and e.r = n.r
    inner join whole as w on w.month = n.month
    where n.r = n.c
)
{%- endmacro %}
