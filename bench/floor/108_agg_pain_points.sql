create table marts."agg_pain_points" as
-- What each kind of pain point costs in each KPI: the KPI of all less the KPI without those it touched, by what happened to
-- them and not by what they said: a low answer is no cause of a low answer. Its interval and
-- the stability of its rank come from a bootstrap over persons whose weights are drawn from md5: it repeats.
with facts as (
    select 'nps' as kpi, person_id, local_date, case nps_bucket when 'promoter' then 1 when 'detractor' then -1 else 0 end as x
    from "marts"."fct_responses"
    where kind = 'nps' and is_counted
    union all
    select 'csat' as kpi, person_id, local_date, case when score >= 4 then 1 else 0 end as x
    from "marts"."fct_responses"
    where kind = 'csat' and is_counted and scale_min = 1 and scale_max = 5
    union all
    select 'conversion_rate' as kpi, person_id, local_date, case when is_converted then 1 else 0 end as x
    from "marts"."fct_sessions"
    where not is_bot
    union all
    select 'churn' as kpi, person_id, coalesce(ended_date, date '{as_of}') as local_date, case when ended_date is not null then 1 else 0 end as x
    from "marts"."fct_subscriptions"
),

person_days as (
    select kpi, person_id, local_date, count(*) as n, cast(sum(x) as bigint) as x
    from facts
    where person_id is not null and local_date is not null
    group by kpi, person_id, local_date
),

pain_days as (
    select distinct person_id, kind, local_date from "marts"."fct_pain_points" where basis = 'behaviour'
),

touched_days as (
    select distinct f.kpi, f.person_id, f.local_date, f.n, f.x, p.kind
    from person_days as f
    inner join pain_days as p
        on p.person_id = f.person_id
        and p.local_date <= f.local_date
        and /*engine*/ date_diff('day', p.local_date, f.local_date) /*end*/ <= 90
),

persons as (
    select kpi, person_id, cast(sum(n) as bigint) as n, cast(sum(x) as bigint) as x
    from person_days
    group by kpi, person_id
),

touched_persons as (
    select kpi, kind, person_id, cast(sum(n) as bigint) as n, cast(sum(x) as bigint) as x
    from touched_days
    group by kpi, kind, person_id
),

replicates as (
    select 0 as replicate union all
    select 1 as replicate union all
    select 2 as replicate union all
    select 3 as replicate union all
    select 4 as replicate union all
    select 5 as replicate union all
    select 6 as replicate union all
    select 7 as replicate union all
    select 8 as replicate union all
    select 9 as replicate union all
    select 10 as replicate union all
    select 11 as replicate union all
    select 12 as replicate union all
    select 13 as replicate union all
    select 14 as replicate union all
    select 15 as replicate union all
    select 16 as replicate union all
    select 17 as replicate union all
    select 18 as replicate union all
    select 19 as replicate union all
    select 20 as replicate union all
    select 21 as replicate union all
    select 22 as replicate union all
    select 23 as replicate union all
    select 24 as replicate union all
    select 25 as replicate
),

wholes as (
    select kpi, replicate, cast(sum(weight * n) as bigint) as n, cast(sum(weight * x) as bigint) as x
    from (
        select kpi, replicate, n, x, case
    when replicate = 0 then 1
    when drawn < 367879 then 0
    when drawn < 735759 then 1
    when drawn < 919699 then 2
    when drawn < 981012 then 3
    when drawn < 996340 then 4
    when drawn < 999406 then 5
    else 6
end as weight
        from (
            select kpi, replicate, n, x, /*engine*/ cast(('0x' || substr(md5(person_id || '|' || cast(replicate as varchar)), 1, 15)) as bigint) % 1000000 /*end*/ as drawn
            from persons
            cross join replicates
        ) as draws
    ) as weighed
    group by kpi, replicate
),

parts as (
    select kpi, kind, replicate, cast(sum(weight * n) as bigint) as n, cast(sum(weight * x) as bigint) as x
    from (
        select kpi, kind, replicate, n, x, case
    when replicate = 0 then 1
    when drawn < 367879 then 0
    when drawn < 735759 then 1
    when drawn < 919699 then 2
    when drawn < 981012 then 3
    when drawn < 996340 then 4
    when drawn < 999406 then 5
    else 6
end as weight
        from (
            select kpi, kind, replicate, n, x, /*engine*/ cast(('0x' || substr(md5(person_id || '|' || cast(replicate as varchar)), 1, 15)) as bigint) % 1000000 /*end*/ as drawn
            from touched_persons
            cross join replicates
        ) as draws
    ) as weighed
    group by kpi, kind, replicate
),

kpis as (
    select 'nps' as kpi, 100 as scale, -1 as harm union all
    select 'csat' as kpi, 1 as scale, -1 as harm union all
    select 'conversion_rate' as kpi, 1 as scale, -1 as harm union all
    select 'churn' as kpi, 1 as scale, 1 as harm
),

-- n_t (KPI_t - KPI) / (N - n_t), which is the KPI of all less that of the others
impacts as (
    select
        p.kpi,
        p.kind,
        p.replicate,
        k.harm,
        p.n as touched_n,
        w.n as n,
        cast(k.scale * p.x as double) / nullif(p.n, 0) as touched_value,
        cast(k.scale * w.x as double) / nullif(w.n, 0) as value,
        k.scale * (cast(w.x as double) / nullif(w.n, 0) - cast(w.x - p.x as double) / nullif(w.n - p.n, 0)) as impact
    from parts as p
    inner join wholes as w on w.kpi = p.kpi and w.replicate = p.replicate
    inner join kpis as k on k.kpi = p.kpi
),

ranked as (
    select
        *,
        case when impact is not null then row_number() over (
            partition by kpi, replicate order by case when impact is null then 1 else 0 end, round(harm * impact, 9) desc, kind
        ) end as impact_rank
    from impacts
),

spread as (
    select
        r.kpi,
        r.kind,
        count(r.impact) as replicate_count,
        count(case when r.impact_rank = o.impact_rank then 1 end) as same_rank_count,
        sum(cast(round(r.impact, 9) as decimal(38, 9))) as total,
        sum(cast(round(r.impact * r.impact, 9) as decimal(38, 9))) as squares
    from ranked as r
    inner join ranked as o on o.kpi = r.kpi and o.kind = r.kind and o.replicate = 0
    where r.replicate > 0
    group by r.kpi, r.kind
),

volumes as (
    select
        kind,
        count(distinct person_id) as person_count,
        count(*) as occurrence_count,
        count(case when basis = 'feedback' then 1 end) as feedback_count,
        max(local_date) as data_through
    from "marts"."fct_pain_points"
    group by kind
),

risks as (
    select p.kind, cast(sum(o.net_amount) as decimal(18, 2)) as value_at_risk
    from (select distinct person_id, kind from "marts"."fct_pain_points") as p
    inner join "marts"."fct_orders" as o on o.person_id = p.person_id
    where o.excluded_reason is null and /*engine*/ date_diff('day', o.local_date, date '{as_of}') /*end*/ <= 365
    group by p.kind
),

grid as (
    select 'wait' as kind, 'nps' as kpi union all
    select 'wait' as kind, 'csat' as kpi union all
    select 'wait' as kind, 'conversion_rate' as kpi union all
    select 'wait' as kind, 'churn' as kpi union all
    select 'hard_interface' as kind, 'nps' as kpi union all
    select 'hard_interface' as kind, 'csat' as kpi union all
    select 'hard_interface' as kind, 'conversion_rate' as kpi union all
    select 'hard_interface' as kind, 'churn' as kpi union all
    select 'unclear_communication' as kind, 'nps' as kpi union all
    select 'unclear_communication' as kind, 'csat' as kpi union all
    select 'unclear_communication' as kind, 'conversion_rate' as kpi union all
    select 'unclear_communication' as kind, 'churn' as kpi union all
    select 'repeated_contact' as kind, 'nps' as kpi union all
    select 'repeated_contact' as kind, 'csat' as kpi union all
    select 'repeated_contact' as kind, 'conversion_rate' as kpi union all
    select 'repeated_contact' as kind, 'churn' as kpi union all
    select 'poor_service' as kind, 'nps' as kpi union all
    select 'poor_service' as kind, 'csat' as kpi union all
    select 'poor_service' as kind, 'conversion_rate' as kpi union all
    select 'poor_service' as kind, 'churn' as kpi union all
    select 'defect_or_return' as kind, 'nps' as kpi union all
    select 'defect_or_return' as kind, 'csat' as kpi union all
    select 'defect_or_return' as kind, 'conversion_rate' as kpi union all
    select 'defect_or_return' as kind, 'churn' as kpi union all
    select 'technical_failure' as kind, 'nps' as kpi union all
    select 'technical_failure' as kind, 'csat' as kpi union all
    select 'technical_failure' as kind, 'conversion_rate' as kpi union all
    select 'technical_failure' as kind, 'churn' as kpi union all
    select 'inaccessible' as kind, 'nps' as kpi union all
    select 'inaccessible' as kind, 'csat' as kpi union all
    select 'inaccessible' as kind, 'conversion_rate' as kpi union all
    select 'inaccessible' as kind, 'churn' as kpi
),

bounded as (
    select
        kpi,
        kind,
        replicate_count,
        same_rank_count,
        1.959963984540054 * sqrt(greatest(
            cast(squares - cast(cast(total as double) * cast(total as double) as double) / nullif(replicate_count, 0) as double)
            / nullif(replicate_count - 1, 0), 0)) as half_width
    from spread
)

select
    g.kind,
    g.kpi,
    coalesce(v.person_count, 0) as person_count,
    coalesce(v.occurrence_count, 0) as occurrence_count,
    coalesce(v.feedback_count, 0) as feedback_count,
    coalesce(r.value_at_risk, 0) as value_at_risk,
    coalesce(w.n, 0) as fact_count,
    coalesce(o.touched_n, 0) as touched_count,
    o.value,
    o.touched_value,
    round(o.impact, 9) as impact,
    round(o.impact - b.half_width, 9) as low,
    round(o.impact + b.half_width, 9) as high,
    o.impact_rank,
    cast(b.same_rank_count as double) / nullif(b.replicate_count, 0) as rank_stability,
    2 as rule_version,
    v.data_through
from grid as g
left join volumes as v on v.kind = g.kind
left join risks as r on r.kind = g.kind
left join wholes as w on w.kpi = g.kpi and w.replicate = 0
left join ranked as o on o.kpi = g.kpi and o.kind = g.kind and o.replicate = 0
left join bounded as b on b.kpi = g.kpi and b.kind = g.kind;
