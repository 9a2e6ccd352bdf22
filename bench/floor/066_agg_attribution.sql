create table marts."agg_attribution" as
-- The credit of each channel by model and month of the conversion. Markov's is made from how touches follow each other:
-- of conversions in this month, and of touches of this month that led to none.
with touches as (
    select
        coalesce(conversion_id, person_id) as path_id,
        conversion_id,
        cast(date_trunc('month', coalesce(converted_date, cast(occurred_at as date))) as date) as month,
        channel,
        occurred_at,
        touchpoint_id
    from "intermediate"."int_conversion_touches"
),

ranked as (
    select
        month,
        channel,
        row_number() over (partition by month order by count(*) desc, channel) as channel_rank
    from touches
    group by month, channel
),

named as (
    select
        t.month,
        t.path_id,
        t.conversion_id is not null as is_converted,
        case when r.channel_rank <= 12 then t.channel else 'other' end as channel,
        t.occurred_at,
        t.touchpoint_id
    from touches as t
    inner join ranked as r on r.month = t.month and r.channel = t.channel
),

followed as (
    select
        month,
        is_converted,
        channel,
        lag(channel) over (partition by month, is_converted, path_id order by occurred_at, touchpoint_id) as from_channel,
        lead(touchpoint_id) over (partition by month, is_converted, path_id order by occurred_at, touchpoint_id) as next_touchpoint_id
    from named
),

steps as (
    select
        month,
        coalesce(from_channel, 'start') as from_state,
        channel as to_state,
        count(*) as step_count
    from followed
    where from_channel is null or from_channel <> channel
    group by month, coalesce(from_channel, 'start'), channel
    union all
    select
        month,
        channel as from_state,
        case when is_converted then 'conversion' else 'end' end as to_state,
        count(*) as step_count
    from followed
    where next_touchpoint_id is null
    group by month, channel, case when is_converted then 'conversion' else 'end' end
),

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

q_1 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from q_0 as a
    inner join q_0 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

more_1 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visits_0 as a
    inner join q_1 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

visits_1 as (
    select month, r, c, cast(sum(cast(round(v, 15) as decimal(38, 15))) as double) as v
    from (
        select month, r, c, v from visits_0
        union all
        select month, r, c, v from more_1
    ) as both_parts
    group by month, r, c
),

q_2 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from q_1 as a
    inner join q_1 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

more_2 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visits_1 as a
    inner join q_2 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

visits_2 as (
    select month, r, c, cast(sum(cast(round(v, 15) as decimal(38, 15))) as double) as v
    from (
        select month, r, c, v from visits_1
        union all
        select month, r, c, v from more_2
    ) as both_parts
    group by month, r, c
),

q_3 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from q_2 as a
    inner join q_2 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

more_3 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visits_2 as a
    inner join q_3 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

visits_3 as (
    select month, r, c, cast(sum(cast(round(v, 15) as decimal(38, 15))) as double) as v
    from (
        select month, r, c, v from visits_2
        union all
        select month, r, c, v from more_3
    ) as both_parts
    group by month, r, c
),

q_4 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from q_3 as a
    inner join q_3 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

more_4 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visits_3 as a
    inner join q_4 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

visits_4 as (
    select month, r, c, cast(sum(cast(round(v, 15) as decimal(38, 15))) as double) as v
    from (
        select month, r, c, v from visits_3
        union all
        select month, r, c, v from more_4
    ) as both_parts
    group by month, r, c
),

q_5 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from q_4 as a
    inner join q_4 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

more_5 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visits_4 as a
    inner join q_5 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

visits_5 as (
    select month, r, c, cast(sum(cast(round(v, 15) as decimal(38, 15))) as double) as v
    from (
        select month, r, c, v from visits_4
        union all
        select month, r, c, v from more_5
    ) as both_parts
    group by month, r, c
),

q_6 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from q_5 as a
    inner join q_5 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

more_6 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visits_5 as a
    inner join q_6 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

visits_6 as (
    select month, r, c, cast(sum(cast(round(v, 15) as decimal(38, 15))) as double) as v
    from (
        select month, r, c, v from visits_5
        union all
        select month, r, c, v from more_6
    ) as both_parts
    group by month, r, c
),

q_7 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from q_6 as a
    inner join q_6 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

more_7 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visits_6 as a
    inner join q_7 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

visits_7 as (
    select month, r, c, cast(sum(cast(round(v, 15) as decimal(38, 15))) as double) as v
    from (
        select month, r, c, v from visits_6
        union all
        select month, r, c, v from more_7
    ) as both_parts
    group by month, r, c
),

q_8 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from q_7 as a
    inner join q_7 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

more_8 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visits_7 as a
    inner join q_8 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

visits_8 as (
    select month, r, c, cast(sum(cast(round(v, 15) as decimal(38, 15))) as double) as v
    from (
        select month, r, c, v from visits_7
        union all
        select month, r, c, v from more_8
    ) as both_parts
    group by month, r, c
),

q_9 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from q_8 as a
    inner join q_8 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

more_9 as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visits_8 as a
    inner join q_9 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

visits_9 as (
    select month, r, c, cast(sum(cast(round(v, 15) as decimal(38, 15))) as double) as v
    from (
        select month, r, c, v from visits_8
        union all
        select month, r, c, v from more_9
    ) as both_parts
    group by month, r, c
),

starts as (
    select month, r, c, v from shares where r = 'start'
),

ends as (
    select month, r, c, v from shares where c = 'conversion'
),

visited as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from starts as a
    inner join visits_9 as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

converted as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visits_9 as a
    inner join ends as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
),

whole as (
    select a.month, a.r, b.c, cast(sum(cast(round(a.v * b.v, 15) as decimal(38, 15))) as double) as v
    from visited as a
    inner join ends as b on b.month = a.month and b.r = a.c
    group by a.month, a.r, b.c
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
),

credited as (
    select
        model,
        channel,
        cast(date_trunc('month', local_date) as date) as month,
        sum(credit) as credit,
        sum(value) as value
    from "marts"."fct_attribution"
    group by model, channel, cast(date_trunc('month', local_date) as date)
),

-- every model shares the same conversions: those of one of them
totals as (
    select
        month,
        cast(round(sum(credit), 0) as bigint) as conversion_count,
        cast(round(sum(case when channel <> 'none' then credit else 0 end), 0) as bigint) as touched_count,
        coalesce(sum(case when channel <> 'none' then value end), 0) as touched_value
    from credited
    where model = 'last'
    group by month
),

-- in millionths, rounded down; what is left goes to the largest
floored as (
    select
        month,
        channel,
        removal_effect,
        cast(floor(cast(1000000 * removal_effect as double) / nullif(cast(sum(cast(round(removal_effect, 12) as decimal(38, 12)))
            over (partition by month) as double), 0)) as bigint) as ppm,
        row_number() over (partition by month order by removal_effect desc, channel) as effect_rank
    from removal
),

markov as (
    select
        month,
        channel,
        removal_effect,
        ppm + case when effect_rank = 1 then 1000000 - cast(sum(ppm) over (partition by month) as bigint) else 0 end as ppm
    from floored
),

running as (
    select
        *,
        cast(sum(ppm) over (partition by month order by channel rows between unbounded preceding and current row) as bigint) as ppm_so_far
    from markov
),

shared as (
    select model, channel, month, credit, value, cast(null as double) as removal_effect from credited
    union all
    select 'markov' as model, channel, month, credit, value, cast(null as double) as removal_effect
    from credited
    where model = 'last' and channel = 'none'
    union all
    select
        'markov' as model,
        r.channel,
        r.month,
        cast(t.touched_count as decimal(18, 0)) * cast(r.ppm as decimal(10, 0)) * 0.000001 as credit,
        round(t.touched_value * cast(r.ppm_so_far as decimal(10, 0)) * 0.000001, 2)
            - round(t.touched_value * cast(r.ppm_so_far - r.ppm as decimal(10, 0)) * 0.000001, 2) as value,
        r.removal_effect
    from running as r
    inner join totals as t on t.month = r.month
    where t.touched_count > 0
)

select
    s.model,
    s.channel,
    s.month,
    cast(s.credit as decimal(18, 6)) as credit,
    cast(coalesce(s.value, 0) as decimal(18, 2)) as value,
    cast(s.credit as double) / nullif(t.conversion_count, 0) as credit_share,
    round(s.removal_effect, 9) as removal_effect,
    t.conversion_count,
    t.touched_count,
    case when s.model = 'markov' and s.channel = 'other' then coalesce(g.grouped_count, 0) else 0 end as grouped_count,
    1 as definition_version
from shared as s
inner join totals as t on t.month = s.month
left join (
    select month, count(*) as grouped_count from ranked where channel_rank > 12 group by month
) as g on g.month = s.month;
