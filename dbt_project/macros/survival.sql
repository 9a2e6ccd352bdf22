{# How long half of them wait, with those that still do: Kaplan and Meier (1958), the median's bounds by log(-log) with
   Greenwood's variance (Brookmeyer and Crowley 1982): the share still waiting after a time is what the bounds of it are at
   half. `rows` has a row each: the columns of `groups`, seconds, and is_done (0 or 1; 0: it has waited so long and waits).
   One row per group: its columns, median_seconds, low_seconds, high_seconds; null where the half is not reached. #}
{% macro waiting_medians(rows, groups) -%}
{%- set so_far = 'partition by ' ~ groups ~ ' order by seconds rows between unbounded preceding and current row' -%}
(
    with moments as (

        select
            {{ groups }},
            seconds,
            count(case when is_done = 1 then 1 end) as done,
            count(*) as gone
        from {{ rows }}
        group by {{ groups }}, seconds

    ),

    at_risk as (

        select
            *,
            sum(gone) over (partition by {{ groups }}) - sum(gone) over ({{ so_far }}) + gone as n
        from moments

    ),

    waiting as (

        select
            *,
            sum(case when done < n then ln(cast(n - done as double) / nullif(n, 0)) end) over ({{ so_far }}) as log_share,
            max(case when done = n then 1 else 0 end) over ({{ so_far }}) as is_nobody,
            sum(case when done < n then cast(done as double) / nullif(cast(n as double) * (n - done), 0) end)
                over ({{ so_far }}) as variance
        from at_risk

    ),

    shares as (

        select
            {{ groups }},
            seconds,
            case when is_nobody = 1 then 0.0 else exp(log_share) end as share,
            case when is_nobody = 0 and log_share < 0
                then exp(cast({{ z_975() }} * sqrt(variance) as double) / nullif(abs(log_share), 0)) end as spread,
            log_share
        from waiting

    )

    -- the first moment at which no more than half wait; rounding must not move it
    select
        {{ groups }},
        min(case when share <= 0.5 + 1e-9 then seconds end) as median_seconds,
        min(case when share = 0 or exp(log_share * spread) <= 0.5 + 1e-9 then seconds end) as low_seconds,
        min(case when exp(cast(log_share as double) / nullif(spread, 0)) <= 0.5 + 1e-9 then seconds end) as high_seconds
    from shares
    group by {{ groups }}
)
{%- endmacro %}
