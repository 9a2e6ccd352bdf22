create table marts."agg_drivers" as
-- What moves the score: for each outcome and driver how often it hurts, the outcome of all less that of those it did not
-- hurt, and the coefficient of a ridge regression on all drivers together. Intervals and the weights of a bootstrap over
-- persons as in agg_pain_points. What goes together is not what causes.
with facts as (

    select
        kind as kpi,
        answer_id as fact_id,
        person_id,
        answered_at as told_at,
        case when kind = 'nps' then case nps_bucket when 'promoter' then 100 when 'detractor' then -100 else 0 end
            when score >= 4 then 1 else 0 end as y
    from "marts"."fct_responses"
    where is_counted and person_id is not null and (kind = 'nps' or (kind = 'csat' and scale_min = 1 and scale_max = 5))
    union all
    select
        'churn' as kpi,
        subscription_id || '|' || cast(month as varchar) as fact_id,
        person_id,
        /*engine*/ timezone('UTC', timezone('UTC', cast(month as timestamp))) /*end*/ as told_at,
        case when is_lost then 1 else 0 end as y
    from "marts"."fct_subscription_months"
    where person_id is not null and excluded_reason is null

),

contacts as (

    select person_id, opened_at as happened_at, wait_seconds, handle_seconds, is_transferred
    from "marts"."fct_contacts"
    where excluded_reason is null and coalesce(direction, 'inbound') <> 'outbound'

),

pains as (

    select person_id, occurred_at as happened_at, kind, rule
    from "marts"."fct_pain_points"
    where basis = 'behaviour'

),

promises as (

    select person_id, breach_at as happened_at
    from "marts"."fct_sla_events"
    where state = 'breached' and metric <> 'queue_wait'

),

-- what was written elsewhere than in the answer itself
words as (

    select person_id, said_at as happened_at, score
    from "marts"."fct_text_sentiment"
    where entity <> 'response' and score is not null

),

happenings as (
    select
        person_id,
        happened_at,
        cast(case when wait_seconds > 3600 then 3600 else round(wait_seconds) end as bigint) as d1,
        cast(case when handle_seconds > 7200 then 7200 else round(handle_seconds) end as bigint) as d2,
        cast(1 as bigint) as d3,
        cast(case when is_transferred then 1 end as bigint) as d4,
        cast(null as bigint) as d5,
        cast(null as bigint) as d6,
        cast(null as bigint) as d7,
        cast(null as bigint) as d8,
        cast(null as bigint) as d9,
        cast(null as bigint) as d10
    from contacts
    where person_id is not null union all
    select
        person_id,
        happened_at,
        cast(null as bigint) as d1,
        cast(null as bigint) as d2,
        cast(null as bigint) as d3,
        cast(null as bigint) as d4,
        cast(case when rule = 'same_reason_in_7_days' then 1 end as bigint) as d5,
        cast(case when rule = 'late_delivery' then 1 end as bigint) as d6,
        cast(case when kind = 'hard_interface' then 1 end as bigint) as d7,
        cast(case when kind = 'technical_failure' then 1 end as bigint) as d8,
        cast(null as bigint) as d9,
        cast(null as bigint) as d10
    from pains
    where person_id is not null union all
    select
        person_id,
        happened_at,
        cast(null as bigint) as d1,
        cast(null as bigint) as d2,
        cast(null as bigint) as d3,
        cast(null as bigint) as d4,
        cast(null as bigint) as d5,
        cast(null as bigint) as d6,
        cast(null as bigint) as d7,
        cast(null as bigint) as d8,
        cast(1 as bigint) as d9,
        cast(null as bigint) as d10
    from promises
    where person_id is not null union all
    select
        person_id,
        happened_at,
        cast(null as bigint) as d1,
        cast(null as bigint) as d2,
        cast(null as bigint) as d3,
        cast(null as bigint) as d4,
        cast(null as bigint) as d5,
        cast(null as bigint) as d6,
        cast(null as bigint) as d7,
        cast(null as bigint) as d8,
        cast(null as bigint) as d9,
        cast(round(-100 * score) as bigint) as d10
    from words
    where person_id is not null
),

felt as (

    select
        f.kpi,
        f.fact_id,
        f.person_id,
        f.y,
        cast(coalesce(max(h.d1), 0) as bigint) as d1,
        cast(coalesce(max(h.d2), 0) as bigint) as d2,
        cast(coalesce(sum(h.d3), 0) as bigint) as d3,
        cast(coalesce(sum(h.d4), 0) as bigint) as d4,
        cast(coalesce(sum(h.d5), 0) as bigint) as d5,
        cast(coalesce(sum(h.d6), 0) as bigint) as d6,
        cast(coalesce(sum(h.d7), 0) as bigint) as d7,
        cast(coalesce(sum(h.d8), 0) as bigint) as d8,
        cast(coalesce(sum(h.d9), 0) as bigint) as d9,
        cast(coalesce(max(h.d10), 0) as bigint) as d10
    from facts as f
    left join happenings as h
        on h.person_id = f.person_id
        and h.happened_at < f.told_at
        and h.happened_at >= f.told_at - interval 90 day
    group by f.kpi, f.fact_id, f.person_id, f.y

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

weights as (

    select person_id, replicate, case
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
        select person_id, replicate, /*engine*/ cast(('0x' || substr(md5(person_id || '|' || cast(replicate as varchar)), 1, 15)) as bigint) % 1000000 /*end*/ as drawn
        from (select distinct person_id from facts) as p
        cross join replicates
    ) as draws

),

-- all that the figures need, of each replicate: exact sums of whole numbers
sums as (

    select
        f.kpi,
        w.replicate,
        sum(w.weight) as n,
        sum(w.weight * f.y) as s0,
        sum(w.weight * f.y * f.y) as s0_0,
        sum(w.weight * f.d1) as s1,
        sum(w.weight * f.d1 * f.y) as s0_1,
        sum(case when f.d1 > 120 then w.weight else 0 end) as n1,
        sum(case when f.d1 > 120 then w.weight * f.y else 0 end) as y1,
        sum(w.weight * f.d1 * f.d1) as s1_1,
        sum(w.weight * f.d1 * f.d2) as s1_2,
        sum(w.weight * f.d1 * f.d3) as s1_3,
        sum(w.weight * f.d1 * f.d4) as s1_4,
        sum(w.weight * f.d1 * f.d5) as s1_5,
        sum(w.weight * f.d1 * f.d6) as s1_6,
        sum(w.weight * f.d1 * f.d7) as s1_7,
        sum(w.weight * f.d1 * f.d8) as s1_8,
        sum(w.weight * f.d1 * f.d9) as s1_9,
        sum(w.weight * f.d1 * f.d10) as s1_10,
        sum(w.weight * f.d2) as s2,
        sum(w.weight * f.d2 * f.y) as s0_2,
        sum(case when f.d2 > 900 then w.weight else 0 end) as n2,
        sum(case when f.d2 > 900 then w.weight * f.y else 0 end) as y2,
        sum(w.weight * f.d2 * f.d2) as s2_2,
        sum(w.weight * f.d2 * f.d3) as s2_3,
        sum(w.weight * f.d2 * f.d4) as s2_4,
        sum(w.weight * f.d2 * f.d5) as s2_5,
        sum(w.weight * f.d2 * f.d6) as s2_6,
        sum(w.weight * f.d2 * f.d7) as s2_7,
        sum(w.weight * f.d2 * f.d8) as s2_8,
        sum(w.weight * f.d2 * f.d9) as s2_9,
        sum(w.weight * f.d2 * f.d10) as s2_10,
        sum(w.weight * f.d3) as s3,
        sum(w.weight * f.d3 * f.y) as s0_3,
        sum(case when f.d3 > 1 then w.weight else 0 end) as n3,
        sum(case when f.d3 > 1 then w.weight * f.y else 0 end) as y3,
        sum(w.weight * f.d3 * f.d3) as s3_3,
        sum(w.weight * f.d3 * f.d4) as s3_4,
        sum(w.weight * f.d3 * f.d5) as s3_5,
        sum(w.weight * f.d3 * f.d6) as s3_6,
        sum(w.weight * f.d3 * f.d7) as s3_7,
        sum(w.weight * f.d3 * f.d8) as s3_8,
        sum(w.weight * f.d3 * f.d9) as s3_9,
        sum(w.weight * f.d3 * f.d10) as s3_10,
        sum(w.weight * f.d4) as s4,
        sum(w.weight * f.d4 * f.y) as s0_4,
        sum(case when f.d4 > 0 then w.weight else 0 end) as n4,
        sum(case when f.d4 > 0 then w.weight * f.y else 0 end) as y4,
        sum(w.weight * f.d4 * f.d4) as s4_4,
        sum(w.weight * f.d4 * f.d5) as s4_5,
        sum(w.weight * f.d4 * f.d6) as s4_6,
        sum(w.weight * f.d4 * f.d7) as s4_7,
        sum(w.weight * f.d4 * f.d8) as s4_8,
        sum(w.weight * f.d4 * f.d9) as s4_9,
        sum(w.weight * f.d4 * f.d10) as s4_10,
        sum(w.weight * f.d5) as s5,
        sum(w.weight * f.d5 * f.y) as s0_5,
        sum(case when f.d5 > 0 then w.weight else 0 end) as n5,
        sum(case when f.d5 > 0 then w.weight * f.y else 0 end) as y5,
        sum(w.weight * f.d5 * f.d5) as s5_5,
        sum(w.weight * f.d5 * f.d6) as s5_6,
        sum(w.weight * f.d5 * f.d7) as s5_7,
        sum(w.weight * f.d5 * f.d8) as s5_8,
        sum(w.weight * f.d5 * f.d9) as s5_9,
        sum(w.weight * f.d5 * f.d10) as s5_10,
        sum(w.weight * f.d6) as s6,
        sum(w.weight * f.d6 * f.y) as s0_6,
        sum(case when f.d6 > 0 then w.weight else 0 end) as n6,
        sum(case when f.d6 > 0 then w.weight * f.y else 0 end) as y6,
        sum(w.weight * f.d6 * f.d6) as s6_6,
        sum(w.weight * f.d6 * f.d7) as s6_7,
        sum(w.weight * f.d6 * f.d8) as s6_8,
        sum(w.weight * f.d6 * f.d9) as s6_9,
        sum(w.weight * f.d6 * f.d10) as s6_10,
        sum(w.weight * f.d7) as s7,
        sum(w.weight * f.d7 * f.y) as s0_7,
        sum(case when f.d7 > 0 then w.weight else 0 end) as n7,
        sum(case when f.d7 > 0 then w.weight * f.y else 0 end) as y7,
        sum(w.weight * f.d7 * f.d7) as s7_7,
        sum(w.weight * f.d7 * f.d8) as s7_8,
        sum(w.weight * f.d7 * f.d9) as s7_9,
        sum(w.weight * f.d7 * f.d10) as s7_10,
        sum(w.weight * f.d8) as s8,
        sum(w.weight * f.d8 * f.y) as s0_8,
        sum(case when f.d8 > 0 then w.weight else 0 end) as n8,
        sum(case when f.d8 > 0 then w.weight * f.y else 0 end) as y8,
        sum(w.weight * f.d8 * f.d8) as s8_8,
        sum(w.weight * f.d8 * f.d9) as s8_9,
        sum(w.weight * f.d8 * f.d10) as s8_10,
        sum(w.weight * f.d9) as s9,
        sum(w.weight * f.d9 * f.y) as s0_9,
        sum(case when f.d9 > 0 then w.weight else 0 end) as n9,
        sum(case when f.d9 > 0 then w.weight * f.y else 0 end) as y9,
        sum(w.weight * f.d9 * f.d9) as s9_9,
        sum(w.weight * f.d9 * f.d10) as s9_10,
        sum(w.weight * f.d10) as s10,
        sum(w.weight * f.d10 * f.y) as s0_10,
        sum(case when f.d10 > 5 then w.weight else 0 end) as n10,
        sum(case when f.d10 > 5 then w.weight * f.y else 0 end) as y10,
        sum(w.weight * f.d10 * f.d10) as s10_10
    from felt as f
    inner join weights as w on w.person_id = f.person_id
    group by f.kpi, w.replicate

),

persons as (

    select
        kpi,
        count(distinct case when d1 > 120 then person_id end) as p1,
        count(distinct case when d2 > 900 then person_id end) as p2,
        count(distinct case when d3 > 1 then person_id end) as p3,
        count(distinct case when d4 > 0 then person_id end) as p4,
        count(distinct case when d5 > 0 then person_id end) as p5,
        count(distinct case when d6 > 0 then person_id end) as p6,
        count(distinct case when d7 > 0 then person_id end) as p7,
        count(distinct case when d8 > 0 then person_id end) as p8,
        count(distinct case when d9 > 0 then person_id end) as p9,
        count(distinct case when d10 > 5 then person_id end) as p10
    from felt
    group by kpi

),

-- a driver that hurt too few has no spread: its coefficient would hang on them
spreads as (

    select
        s.*,
        sqrt(greatest(cast(s.s0_0 as double) / nullif(s.n, 0) - power(cast(s.s0 as double) / nullif(s.n, 0), 2), 0)) as sd0,
        p.p1,
        case when p.p1 >= 10 then sqrt(greatest(cast(s.s1_1 as double) / nullif(s.n, 0)
            - power(cast(s.s1 as double) / nullif(s.n, 0), 2), 0)) end as sd1,
        p.p2,
        case when p.p2 >= 10 then sqrt(greatest(cast(s.s2_2 as double) / nullif(s.n, 0)
            - power(cast(s.s2 as double) / nullif(s.n, 0), 2), 0)) end as sd2,
        p.p3,
        case when p.p3 >= 10 then sqrt(greatest(cast(s.s3_3 as double) / nullif(s.n, 0)
            - power(cast(s.s3 as double) / nullif(s.n, 0), 2), 0)) end as sd3,
        p.p4,
        case when p.p4 >= 10 then sqrt(greatest(cast(s.s4_4 as double) / nullif(s.n, 0)
            - power(cast(s.s4 as double) / nullif(s.n, 0), 2), 0)) end as sd4,
        p.p5,
        case when p.p5 >= 10 then sqrt(greatest(cast(s.s5_5 as double) / nullif(s.n, 0)
            - power(cast(s.s5 as double) / nullif(s.n, 0), 2), 0)) end as sd5,
        p.p6,
        case when p.p6 >= 10 then sqrt(greatest(cast(s.s6_6 as double) / nullif(s.n, 0)
            - power(cast(s.s6 as double) / nullif(s.n, 0), 2), 0)) end as sd6,
        p.p7,
        case when p.p7 >= 10 then sqrt(greatest(cast(s.s7_7 as double) / nullif(s.n, 0)
            - power(cast(s.s7 as double) / nullif(s.n, 0), 2), 0)) end as sd7,
        p.p8,
        case when p.p8 >= 10 then sqrt(greatest(cast(s.s8_8 as double) / nullif(s.n, 0)
            - power(cast(s.s8 as double) / nullif(s.n, 0), 2), 0)) end as sd8,
        p.p9,
        case when p.p9 >= 10 then sqrt(greatest(cast(s.s9_9 as double) / nullif(s.n, 0)
            - power(cast(s.s9 as double) / nullif(s.n, 0), 2), 0)) end as sd9,
        p.p10,
        case when p.p10 >= 10 then sqrt(greatest(cast(s.s10_10 as double) / nullif(s.n, 0)
            - power(cast(s.s10 as double) / nullif(s.n, 0), 2), 0)) end as sd10
    from sums as s
    inner join persons as p on p.kpi = s.kpi

),

places as (
    select 0 as place union all
    select 1 as place union all
    select 2 as place union all
    select 3 as place union all
    select 4 as place union all
    select 5 as place union all
    select 6 as place union all
    select 7 as place union all
    select 8 as place union all
    select 9 as place union all
    select 10 as place
),

-- correlations, and as many pseudo-answers on the diagonal as there are drivers: the penalty fades as answers come in
cells as (

    select
        s.kpi,
        s.replicate,
        a.place as i,
        b.place as j,
        case
            when a.place = b.place then 1 + case when a.place > 0 then cast(10 as double) / nullif(s.n, 0) else 0 end
            else coalesce(case
                when least(a.place, b.place) = 0 and greatest(a.place, b.place) = 1 then
                    cast(cast(s0_1 as double) / nullif(n, 0)
                    - cast(s0 as double) / nullif(n, 0) * (cast(s1 as double) / nullif(n, 0)) as double)
                    / nullif(sd0 * sd1, 0)
                when least(a.place, b.place) = 0 and greatest(a.place, b.place) = 2 then
                    cast(cast(s0_2 as double) / nullif(n, 0)
                    - cast(s0 as double) / nullif(n, 0) * (cast(s2 as double) / nullif(n, 0)) as double)
                    / nullif(sd0 * sd2, 0)
                when least(a.place, b.place) = 0 and greatest(a.place, b.place) = 3 then
                    cast(cast(s0_3 as double) / nullif(n, 0)
                    - cast(s0 as double) / nullif(n, 0) * (cast(s3 as double) / nullif(n, 0)) as double)
                    / nullif(sd0 * sd3, 0)
                when least(a.place, b.place) = 0 and greatest(a.place, b.place) = 4 then
                    cast(cast(s0_4 as double) / nullif(n, 0)
                    - cast(s0 as double) / nullif(n, 0) * (cast(s4 as double) / nullif(n, 0)) as double)
                    / nullif(sd0 * sd4, 0)
                when least(a.place, b.place) = 0 and greatest(a.place, b.place) = 5 then
                    cast(cast(s0_5 as double) / nullif(n, 0)
                    - cast(s0 as double) / nullif(n, 0) * (cast(s5 as double) / nullif(n, 0)) as double)
                    / nullif(sd0 * sd5, 0)
                when least(a.place, b.place) = 0 and greatest(a.place, b.place) = 6 then
                    cast(cast(s0_6 as double) / nullif(n, 0)
                    - cast(s0 as double) / nullif(n, 0) * (cast(s6 as double) / nullif(n, 0)) as double)
                    / nullif(sd0 * sd6, 0)
                when least(a.place, b.place) = 0 and greatest(a.place, b.place) = 7 then
                    cast(cast(s0_7 as double) / nullif(n, 0)
                    - cast(s0 as double) / nullif(n, 0) * (cast(s7 as double) / nullif(n, 0)) as double)
                    / nullif(sd0 * sd7, 0)
                when least(a.place, b.place) = 0 and greatest(a.place, b.place) = 8 then
                    cast(cast(s0_8 as double) / nullif(n, 0)
                    - cast(s0 as double) / nullif(n, 0) * (cast(s8 as double) / nullif(n, 0)) as double)
                    / nullif(sd0 * sd8, 0)
                when least(a.place, b.place) = 0 and greatest(a.place, b.place) = 9 then
                    cast(cast(s0_9 as double) / nullif(n, 0)
                    - cast(s0 as double) / nullif(n, 0) * (cast(s9 as double) / nullif(n, 0)) as double)
                    / nullif(sd0 * sd9, 0)
                when least(a.place, b.place) = 0 and greatest(a.place, b.place) = 10 then
                    cast(cast(s0_10 as double) / nullif(n, 0)
                    - cast(s0 as double) / nullif(n, 0) * (cast(s10 as double) / nullif(n, 0)) as double)
                    / nullif(sd0 * sd10, 0)
                when least(a.place, b.place) = 1 and greatest(a.place, b.place) = 2 then
                    cast(cast(s1_2 as double) / nullif(n, 0)
                    - cast(s1 as double) / nullif(n, 0) * (cast(s2 as double) / nullif(n, 0)) as double)
                    / nullif(sd1 * sd2, 0)
                when least(a.place, b.place) = 1 and greatest(a.place, b.place) = 3 then
                    cast(cast(s1_3 as double) / nullif(n, 0)
                    - cast(s1 as double) / nullif(n, 0) * (cast(s3 as double) / nullif(n, 0)) as double)
                    / nullif(sd1 * sd3, 0)
                when least(a.place, b.place) = 1 and greatest(a.place, b.place) = 4 then
                    cast(cast(s1_4 as double) / nullif(n, 0)
                    - cast(s1 as double) / nullif(n, 0) * (cast(s4 as double) / nullif(n, 0)) as double)
                    / nullif(sd1 * sd4, 0)
                when least(a.place, b.place) = 1 and greatest(a.place, b.place) = 5 then
                    cast(cast(s1_5 as double) / nullif(n, 0)
                    - cast(s1 as double) / nullif(n, 0) * (cast(s5 as double) / nullif(n, 0)) as double)
                    / nullif(sd1 * sd5, 0)
                when least(a.place, b.place) = 1 and greatest(a.place, b.place) = 6 then
                    cast(cast(s1_6 as double) / nullif(n, 0)
                    - cast(s1 as double) / nullif(n, 0) * (cast(s6 as double) / nullif(n, 0)) as double)
                    / nullif(sd1 * sd6, 0)
                when least(a.place, b.place) = 1 and greatest(a.place, b.place) = 7 then
                    cast(cast(s1_7 as double) / nullif(n, 0)
                    - cast(s1 as double) / nullif(n, 0) * (cast(s7 as double) / nullif(n, 0)) as double)
                    / nullif(sd1 * sd7, 0)
                when least(a.place, b.place) = 1 and greatest(a.place, b.place) = 8 then
                    cast(cast(s1_8 as double) / nullif(n, 0)
                    - cast(s1 as double) / nullif(n, 0) * (cast(s8 as double) / nullif(n, 0)) as double)
                    / nullif(sd1 * sd8, 0)
                when least(a.place, b.place) = 1 and greatest(a.place, b.place) = 9 then
                    cast(cast(s1_9 as double) / nullif(n, 0)
                    - cast(s1 as double) / nullif(n, 0) * (cast(s9 as double) / nullif(n, 0)) as double)
                    / nullif(sd1 * sd9, 0)
                when least(a.place, b.place) = 1 and greatest(a.place, b.place) = 10 then
                    cast(cast(s1_10 as double) / nullif(n, 0)
                    - cast(s1 as double) / nullif(n, 0) * (cast(s10 as double) / nullif(n, 0)) as double)
                    / nullif(sd1 * sd10, 0)
                when least(a.place, b.place) = 2 and greatest(a.place, b.place) = 3 then
                    cast(cast(s2_3 as double) / nullif(n, 0)
                    - cast(s2 as double) / nullif(n, 0) * (cast(s3 as double) / nullif(n, 0)) as double)
                    / nullif(sd2 * sd3, 0)
                when least(a.place, b.place) = 2 and greatest(a.place, b.place) = 4 then
                    cast(cast(s2_4 as double) / nullif(n, 0)
                    - cast(s2 as double) / nullif(n, 0) * (cast(s4 as double) / nullif(n, 0)) as double)
                    / nullif(sd2 * sd4, 0)
                when least(a.place, b.place) = 2 and greatest(a.place, b.place) = 5 then
                    cast(cast(s2_5 as double) / nullif(n, 0)
                    - cast(s2 as double) / nullif(n, 0) * (cast(s5 as double) / nullif(n, 0)) as double)
                    / nullif(sd2 * sd5, 0)
                when least(a.place, b.place) = 2 and greatest(a.place, b.place) = 6 then
                    cast(cast(s2_6 as double) / nullif(n, 0)
                    - cast(s2 as double) / nullif(n, 0) * (cast(s6 as double) / nullif(n, 0)) as double)
                    / nullif(sd2 * sd6, 0)
                when least(a.place, b.place) = 2 and greatest(a.place, b.place) = 7 then
                    cast(cast(s2_7 as double) / nullif(n, 0)
                    - cast(s2 as double) / nullif(n, 0) * (cast(s7 as double) / nullif(n, 0)) as double)
                    / nullif(sd2 * sd7, 0)
                when least(a.place, b.place) = 2 and greatest(a.place, b.place) = 8 then
                    cast(cast(s2_8 as double) / nullif(n, 0)
                    - cast(s2 as double) / nullif(n, 0) * (cast(s8 as double) / nullif(n, 0)) as double)
                    / nullif(sd2 * sd8, 0)
                when least(a.place, b.place) = 2 and greatest(a.place, b.place) = 9 then
                    cast(cast(s2_9 as double) / nullif(n, 0)
                    - cast(s2 as double) / nullif(n, 0) * (cast(s9 as double) / nullif(n, 0)) as double)
                    / nullif(sd2 * sd9, 0)
                when least(a.place, b.place) = 2 and greatest(a.place, b.place) = 10 then
                    cast(cast(s2_10 as double) / nullif(n, 0)
                    - cast(s2 as double) / nullif(n, 0) * (cast(s10 as double) / nullif(n, 0)) as double)
                    / nullif(sd2 * sd10, 0)
                when least(a.place, b.place) = 3 and greatest(a.place, b.place) = 4 then
                    cast(cast(s3_4 as double) / nullif(n, 0)
                    - cast(s3 as double) / nullif(n, 0) * (cast(s4 as double) / nullif(n, 0)) as double)
                    / nullif(sd3 * sd4, 0)
                when least(a.place, b.place) = 3 and greatest(a.place, b.place) = 5 then
                    cast(cast(s3_5 as double) / nullif(n, 0)
                    - cast(s3 as double) / nullif(n, 0) * (cast(s5 as double) / nullif(n, 0)) as double)
                    / nullif(sd3 * sd5, 0)
                when least(a.place, b.place) = 3 and greatest(a.place, b.place) = 6 then
                    cast(cast(s3_6 as double) / nullif(n, 0)
                    - cast(s3 as double) / nullif(n, 0) * (cast(s6 as double) / nullif(n, 0)) as double)
                    / nullif(sd3 * sd6, 0)
                when least(a.place, b.place) = 3 and greatest(a.place, b.place) = 7 then
                    cast(cast(s3_7 as double) / nullif(n, 0)
                    - cast(s3 as double) / nullif(n, 0) * (cast(s7 as double) / nullif(n, 0)) as double)
                    / nullif(sd3 * sd7, 0)
                when least(a.place, b.place) = 3 and greatest(a.place, b.place) = 8 then
                    cast(cast(s3_8 as double) / nullif(n, 0)
                    - cast(s3 as double) / nullif(n, 0) * (cast(s8 as double) / nullif(n, 0)) as double)
                    / nullif(sd3 * sd8, 0)
                when least(a.place, b.place) = 3 and greatest(a.place, b.place) = 9 then
                    cast(cast(s3_9 as double) / nullif(n, 0)
                    - cast(s3 as double) / nullif(n, 0) * (cast(s9 as double) / nullif(n, 0)) as double)
                    / nullif(sd3 * sd9, 0)
                when least(a.place, b.place) = 3 and greatest(a.place, b.place) = 10 then
                    cast(cast(s3_10 as double) / nullif(n, 0)
                    - cast(s3 as double) / nullif(n, 0) * (cast(s10 as double) / nullif(n, 0)) as double)
                    / nullif(sd3 * sd10, 0)
                when least(a.place, b.place) = 4 and greatest(a.place, b.place) = 5 then
                    cast(cast(s4_5 as double) / nullif(n, 0)
                    - cast(s4 as double) / nullif(n, 0) * (cast(s5 as double) / nullif(n, 0)) as double)
                    / nullif(sd4 * sd5, 0)
                when least(a.place, b.place) = 4 and greatest(a.place, b.place) = 6 then
                    cast(cast(s4_6 as double) / nullif(n, 0)
                    - cast(s4 as double) / nullif(n, 0) * (cast(s6 as double) / nullif(n, 0)) as double)
                    / nullif(sd4 * sd6, 0)
                when least(a.place, b.place) = 4 and greatest(a.place, b.place) = 7 then
                    cast(cast(s4_7 as double) / nullif(n, 0)
                    - cast(s4 as double) / nullif(n, 0) * (cast(s7 as double) / nullif(n, 0)) as double)
                    / nullif(sd4 * sd7, 0)
                when least(a.place, b.place) = 4 and greatest(a.place, b.place) = 8 then
                    cast(cast(s4_8 as double) / nullif(n, 0)
                    - cast(s4 as double) / nullif(n, 0) * (cast(s8 as double) / nullif(n, 0)) as double)
                    / nullif(sd4 * sd8, 0)
                when least(a.place, b.place) = 4 and greatest(a.place, b.place) = 9 then
                    cast(cast(s4_9 as double) / nullif(n, 0)
                    - cast(s4 as double) / nullif(n, 0) * (cast(s9 as double) / nullif(n, 0)) as double)
                    / nullif(sd4 * sd9, 0)
                when least(a.place, b.place) = 4 and greatest(a.place, b.place) = 10 then
                    cast(cast(s4_10 as double) / nullif(n, 0)
                    - cast(s4 as double) / nullif(n, 0) * (cast(s10 as double) / nullif(n, 0)) as double)
                    / nullif(sd4 * sd10, 0)
                when least(a.place, b.place) = 5 and greatest(a.place, b.place) = 6 then
                    cast(cast(s5_6 as double) / nullif(n, 0)
                    - cast(s5 as double) / nullif(n, 0) * (cast(s6 as double) / nullif(n, 0)) as double)
                    / nullif(sd5 * sd6, 0)
                when least(a.place, b.place) = 5 and greatest(a.place, b.place) = 7 then
                    cast(cast(s5_7 as double) / nullif(n, 0)
                    - cast(s5 as double) / nullif(n, 0) * (cast(s7 as double) / nullif(n, 0)) as double)
                    / nullif(sd5 * sd7, 0)
                when least(a.place, b.place) = 5 and greatest(a.place, b.place) = 8 then
                    cast(cast(s5_8 as double) / nullif(n, 0)
                    - cast(s5 as double) / nullif(n, 0) * (cast(s8 as double) / nullif(n, 0)) as double)
                    / nullif(sd5 * sd8, 0)
                when least(a.place, b.place) = 5 and greatest(a.place, b.place) = 9 then
                    cast(cast(s5_9 as double) / nullif(n, 0)
                    - cast(s5 as double) / nullif(n, 0) * (cast(s9 as double) / nullif(n, 0)) as double)
                    / nullif(sd5 * sd9, 0)
                when least(a.place, b.place) = 5 and greatest(a.place, b.place) = 10 then
                    cast(cast(s5_10 as double) / nullif(n, 0)
                    - cast(s5 as double) / nullif(n, 0) * (cast(s10 as double) / nullif(n, 0)) as double)
                    / nullif(sd5 * sd10, 0)
                when least(a.place, b.place) = 6 and greatest(a.place, b.place) = 7 then
                    cast(cast(s6_7 as double) / nullif(n, 0)
                    - cast(s6 as double) / nullif(n, 0) * (cast(s7 as double) / nullif(n, 0)) as double)
                    / nullif(sd6 * sd7, 0)
                when least(a.place, b.place) = 6 and greatest(a.place, b.place) = 8 then
                    cast(cast(s6_8 as double) / nullif(n, 0)
                    - cast(s6 as double) / nullif(n, 0) * (cast(s8 as double) / nullif(n, 0)) as double)
                    / nullif(sd6 * sd8, 0)
                when least(a.place, b.place) = 6 and greatest(a.place, b.place) = 9 then
                    cast(cast(s6_9 as double) / nullif(n, 0)
                    - cast(s6 as double) / nullif(n, 0) * (cast(s9 as double) / nullif(n, 0)) as double)
                    / nullif(sd6 * sd9, 0)
                when least(a.place, b.place) = 6 and greatest(a.place, b.place) = 10 then
                    cast(cast(s6_10 as double) / nullif(n, 0)
                    - cast(s6 as double) / nullif(n, 0) * (cast(s10 as double) / nullif(n, 0)) as double)
                    / nullif(sd6 * sd10, 0)
                when least(a.place, b.place) = 7 and greatest(a.place, b.place) = 8 then
                    cast(cast(s7_8 as double) / nullif(n, 0)
                    - cast(s7 as double) / nullif(n, 0) * (cast(s8 as double) / nullif(n, 0)) as double)
                    / nullif(sd7 * sd8, 0)
                when least(a.place, b.place) = 7 and greatest(a.place, b.place) = 9 then
                    cast(cast(s7_9 as double) / nullif(n, 0)
                    - cast(s7 as double) / nullif(n, 0) * (cast(s9 as double) / nullif(n, 0)) as double)
                    / nullif(sd7 * sd9, 0)
                when least(a.place, b.place) = 7 and greatest(a.place, b.place) = 10 then
                    cast(cast(s7_10 as double) / nullif(n, 0)
                    - cast(s7 as double) / nullif(n, 0) * (cast(s10 as double) / nullif(n, 0)) as double)
                    / nullif(sd7 * sd10, 0)
                when least(a.place, b.place) = 8 and greatest(a.place, b.place) = 9 then
                    cast(cast(s8_9 as double) / nullif(n, 0)
                    - cast(s8 as double) / nullif(n, 0) * (cast(s9 as double) / nullif(n, 0)) as double)
                    / nullif(sd8 * sd9, 0)
                when least(a.place, b.place) = 8 and greatest(a.place, b.place) = 10 then
                    cast(cast(s8_10 as double) / nullif(n, 0)
                    - cast(s8 as double) / nullif(n, 0) * (cast(s10 as double) / nullif(n, 0)) as double)
                    / nullif(sd8 * sd10, 0)
                when least(a.place, b.place) = 9 and greatest(a.place, b.place) = 10 then
                    cast(cast(s9_10 as double) / nullif(n, 0)
                    - cast(s9 as double) / nullif(n, 0) * (cast(s10 as double) / nullif(n, 0)) as double)
                    / nullif(sd9 * sd10, 0)
            end, 0)
        end as v
    from spreads as s
    cross join places as a
    cross join places as b

),

swept_1 as (

    select
    c.kpi,
    c.replicate,
    c.i,
    c.j,
    case
        when c.i = 1 and c.j = 1 then cast(-1 as double) / nullif(d.v, 0)
        when c.i = 1 or c.j = 1 then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from cells as c
inner join cells as a
    on a.i = c.i and a.j = 1 and a.kpi = c.kpi and a.replicate = c.replicate
inner join cells as b
    on b.j = c.j and b.i = 1 and b.kpi = c.kpi and b.replicate = c.replicate
inner join cells as d
    on d.i = 1 and d.j = 1 and d.kpi = c.kpi and d.replicate = c.replicate

),

swept_2 as (

    select
    c.kpi,
    c.replicate,
    c.i,
    c.j,
    case
        when c.i = 2 and c.j = 2 then cast(-1 as double) / nullif(d.v, 0)
        when c.i = 2 or c.j = 2 then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from swept_1 as c
inner join swept_1 as a
    on a.i = c.i and a.j = 2 and a.kpi = c.kpi and a.replicate = c.replicate
inner join swept_1 as b
    on b.j = c.j and b.i = 2 and b.kpi = c.kpi and b.replicate = c.replicate
inner join swept_1 as d
    on d.i = 2 and d.j = 2 and d.kpi = c.kpi and d.replicate = c.replicate

),

swept_3 as (

    select
    c.kpi,
    c.replicate,
    c.i,
    c.j,
    case
        when c.i = 3 and c.j = 3 then cast(-1 as double) / nullif(d.v, 0)
        when c.i = 3 or c.j = 3 then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from swept_2 as c
inner join swept_2 as a
    on a.i = c.i and a.j = 3 and a.kpi = c.kpi and a.replicate = c.replicate
inner join swept_2 as b
    on b.j = c.j and b.i = 3 and b.kpi = c.kpi and b.replicate = c.replicate
inner join swept_2 as d
    on d.i = 3 and d.j = 3 and d.kpi = c.kpi and d.replicate = c.replicate

),

swept_4 as (

    select
    c.kpi,
    c.replicate,
    c.i,
    c.j,
    case
        when c.i = 4 and c.j = 4 then cast(-1 as double) / nullif(d.v, 0)
        when c.i = 4 or c.j = 4 then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from swept_3 as c
inner join swept_3 as a
    on a.i = c.i and a.j = 4 and a.kpi = c.kpi and a.replicate = c.replicate
inner join swept_3 as b
    on b.j = c.j and b.i = 4 and b.kpi = c.kpi and b.replicate = c.replicate
inner join swept_3 as d
    on d.i = 4 and d.j = 4 and d.kpi = c.kpi and d.replicate = c.replicate

),

swept_5 as (

    select
    c.kpi,
    c.replicate,
    c.i,
    c.j,
    case
        when c.i = 5 and c.j = 5 then cast(-1 as double) / nullif(d.v, 0)
        when c.i = 5 or c.j = 5 then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from swept_4 as c
inner join swept_4 as a
    on a.i = c.i and a.j = 5 and a.kpi = c.kpi and a.replicate = c.replicate
inner join swept_4 as b
    on b.j = c.j and b.i = 5 and b.kpi = c.kpi and b.replicate = c.replicate
inner join swept_4 as d
    on d.i = 5 and d.j = 5 and d.kpi = c.kpi and d.replicate = c.replicate

),

swept_6 as (

    select
    c.kpi,
    c.replicate,
    c.i,
    c.j,
    case
        when c.i = 6 and c.j = 6 then cast(-1 as double) / nullif(d.v, 0)
        when c.i = 6 or c.j = 6 then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from swept_5 as c
inner join swept_5 as a
    on a.i = c.i and a.j = 6 and a.kpi = c.kpi and a.replicate = c.replicate
inner join swept_5 as b
    on b.j = c.j and b.i = 6 and b.kpi = c.kpi and b.replicate = c.replicate
inner join swept_5 as d
    on d.i = 6 and d.j = 6 and d.kpi = c.kpi and d.replicate = c.replicate

),

swept_7 as (

    select
    c.kpi,
    c.replicate,
    c.i,
    c.j,
    case
        when c.i = 7 and c.j = 7 then cast(-1 as double) / nullif(d.v, 0)
        when c.i = 7 or c.j = 7 then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from swept_6 as c
inner join swept_6 as a
    on a.i = c.i and a.j = 7 and a.kpi = c.kpi and a.replicate = c.replicate
inner join swept_6 as b
    on b.j = c.j and b.i = 7 and b.kpi = c.kpi and b.replicate = c.replicate
inner join swept_6 as d
    on d.i = 7 and d.j = 7 and d.kpi = c.kpi and d.replicate = c.replicate

),

swept_8 as (

    select
    c.kpi,
    c.replicate,
    c.i,
    c.j,
    case
        when c.i = 8 and c.j = 8 then cast(-1 as double) / nullif(d.v, 0)
        when c.i = 8 or c.j = 8 then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from swept_7 as c
inner join swept_7 as a
    on a.i = c.i and a.j = 8 and a.kpi = c.kpi and a.replicate = c.replicate
inner join swept_7 as b
    on b.j = c.j and b.i = 8 and b.kpi = c.kpi and b.replicate = c.replicate
inner join swept_7 as d
    on d.i = 8 and d.j = 8 and d.kpi = c.kpi and d.replicate = c.replicate

),

swept_9 as (

    select
    c.kpi,
    c.replicate,
    c.i,
    c.j,
    case
        when c.i = 9 and c.j = 9 then cast(-1 as double) / nullif(d.v, 0)
        when c.i = 9 or c.j = 9 then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from swept_8 as c
inner join swept_8 as a
    on a.i = c.i and a.j = 9 and a.kpi = c.kpi and a.replicate = c.replicate
inner join swept_8 as b
    on b.j = c.j and b.i = 9 and b.kpi = c.kpi and b.replicate = c.replicate
inner join swept_8 as d
    on d.i = 9 and d.j = 9 and d.kpi = c.kpi and d.replicate = c.replicate

),

swept_10 as (

    select
    c.kpi,
    c.replicate,
    c.i,
    c.j,
    case
        when c.i = 10 and c.j = 10 then cast(-1 as double) / nullif(d.v, 0)
        when c.i = 10 or c.j = 10 then cast(c.v as double) / nullif(d.v, 0)
        else c.v - cast(a.v * b.v as double) / nullif(d.v, 0)
    end as v
from swept_9 as c
inner join swept_9 as a
    on a.i = c.i and a.j = 10 and a.kpi = c.kpi and a.replicate = c.replicate
inner join swept_9 as b
    on b.j = c.j and b.i = 10 and b.kpi = c.kpi and b.replicate = c.replicate
inner join swept_9 as d
    on d.i = 10 and d.j = 10 and d.kpi = c.kpi and d.replicate = c.replicate

),

figures as (
    select
        'longest_wait' as driver,
        'seconds' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n1 as hurt_n,
        s.p1 as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y1 as double) / nullif(s.n1, 0) as hurt_value,
        cast(s.s1 as double) / nullif(s.n, 0) as mean,
        s.sd1 as deviation,
        case when s.n1 > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y1 as double) / nullif(s.n - s.n1, 0) end as impact,
        case when s.sd1 > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_10 as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = 1 and c.j = 0 union all
    select
        'longest_handling' as driver,
        'seconds' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n2 as hurt_n,
        s.p2 as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y2 as double) / nullif(s.n2, 0) as hurt_value,
        cast(s.s2 as double) / nullif(s.n, 0) as mean,
        s.sd2 as deviation,
        case when s.n2 > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y2 as double) / nullif(s.n - s.n2, 0) end as impact,
        case when s.sd2 > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_10 as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = 2 and c.j = 0 union all
    select
        'contacts' as driver,
        'contacts' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n3 as hurt_n,
        s.p3 as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y3 as double) / nullif(s.n3, 0) as hurt_value,
        cast(s.s3 as double) / nullif(s.n, 0) as mean,
        s.sd3 as deviation,
        case when s.n3 > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y3 as double) / nullif(s.n - s.n3, 0) end as impact,
        case when s.sd3 > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_10 as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = 3 and c.j = 0 union all
    select
        'transfers' as driver,
        'contacts' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n4 as hurt_n,
        s.p4 as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y4 as double) / nullif(s.n4, 0) as hurt_value,
        cast(s.s4 as double) / nullif(s.n, 0) as mean,
        s.sd4 as deviation,
        case when s.n4 > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y4 as double) / nullif(s.n - s.n4, 0) end as impact,
        case when s.sd4 > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_10 as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = 4 and c.j = 0 union all
    select
        'repeated_contacts' as driver,
        'contacts' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n5 as hurt_n,
        s.p5 as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y5 as double) / nullif(s.n5, 0) as hurt_value,
        cast(s.s5 as double) / nullif(s.n, 0) as mean,
        s.sd5 as deviation,
        case when s.n5 > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y5 as double) / nullif(s.n - s.n5, 0) end as impact,
        case when s.sd5 > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_10 as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = 5 and c.j = 0 union all
    select
        'late_deliveries' as driver,
        'orders' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n6 as hurt_n,
        s.p6 as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y6 as double) / nullif(s.n6, 0) as hurt_value,
        cast(s.s6 as double) / nullif(s.n, 0) as mean,
        s.sd6 as deviation,
        case when s.n6 > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y6 as double) / nullif(s.n - s.n6, 0) end as impact,
        case when s.sd6 > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_10 as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = 6 and c.j = 0 union all
    select
        'hard_interface' as driver,
        'occurrences' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n7 as hurt_n,
        s.p7 as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y7 as double) / nullif(s.n7, 0) as hurt_value,
        cast(s.s7 as double) / nullif(s.n, 0) as mean,
        s.sd7 as deviation,
        case when s.n7 > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y7 as double) / nullif(s.n - s.n7, 0) end as impact,
        case when s.sd7 > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_10 as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = 7 and c.j = 0 union all
    select
        'technical_failures' as driver,
        'occurrences' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n8 as hurt_n,
        s.p8 as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y8 as double) / nullif(s.n8, 0) as hurt_value,
        cast(s.s8 as double) / nullif(s.n, 0) as mean,
        s.sd8 as deviation,
        case when s.n8 > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y8 as double) / nullif(s.n - s.n8, 0) end as impact,
        case when s.sd8 > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_10 as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = 8 and c.j = 0 union all
    select
        'broken_promises' as driver,
        'promises' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n9 as hurt_n,
        s.p9 as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y9 as double) / nullif(s.n9, 0) as hurt_value,
        cast(s.s9 as double) / nullif(s.n, 0) as mean,
        s.sd9 as deviation,
        case when s.n9 > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y9 as double) / nullif(s.n - s.n9, 0) end as impact,
        case when s.sd9 > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_10 as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = 9 and c.j = 0 union all
    select
        'worst_words' as driver,
        'hundredths of a sentiment score, negated' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n10 as hurt_n,
        s.p10 as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y10 as double) / nullif(s.n10, 0) as hurt_value,
        cast(s.s10 as double) / nullif(s.n, 0) as mean,
        s.sd10 as deviation,
        case when s.n10 > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y10 as double) / nullif(s.n - s.n10, 0) end as impact,
        case when s.sd10 > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_10 as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = 10 and c.j = 0
),

spread as (

    select
        kpi,
        driver,
        count(impact) as impact_replicates,
        sum(cast(round(impact, 9) as decimal(38, 9))) as impact_total,
        sum(cast(round(impact * impact, 9) as decimal(38, 9))) as impact_squares,
        count(coefficient) as coefficient_replicates,
        sum(cast(round(coefficient, 9) as decimal(38, 9))) as coefficient_total,
        sum(cast(round(coefficient * coefficient, 9) as decimal(38, 9))) as coefficient_squares
    from figures
    where replicate > 0
    group by kpi, driver

),

bounded as (

    select
        kpi,
        driver,
        1.959963984540054 * sqrt(greatest(cast(cast(impact_squares as double)
            - cast(cast(impact_total as double) * cast(impact_total as double) as double)
            / nullif(impact_replicates, 0) as double) / nullif(impact_replicates - 1, 0), 0)) as impact_half,
        1.959963984540054 * sqrt(greatest(cast(cast(coefficient_squares as double)
            - cast(cast(coefficient_total as double) * cast(coefficient_total as double) as double)
            / nullif(coefficient_replicates, 0) as double) / nullif(coefficient_replicates - 1, 0), 0)) as coefficient_half
    from spread

),

grid as (
    select 'nps' as kpi, 'longest_wait' as driver, 'seconds' as unit, '> 120' as hurts_when union all
    select 'csat' as kpi, 'longest_wait' as driver, 'seconds' as unit, '> 120' as hurts_when union all
    select 'churn' as kpi, 'longest_wait' as driver, 'seconds' as unit, '> 120' as hurts_when union all
    select 'nps' as kpi, 'longest_handling' as driver, 'seconds' as unit, '> 900' as hurts_when union all
    select 'csat' as kpi, 'longest_handling' as driver, 'seconds' as unit, '> 900' as hurts_when union all
    select 'churn' as kpi, 'longest_handling' as driver, 'seconds' as unit, '> 900' as hurts_when union all
    select 'nps' as kpi, 'contacts' as driver, 'contacts' as unit, '> 1' as hurts_when union all
    select 'csat' as kpi, 'contacts' as driver, 'contacts' as unit, '> 1' as hurts_when union all
    select 'churn' as kpi, 'contacts' as driver, 'contacts' as unit, '> 1' as hurts_when union all
    select 'nps' as kpi, 'transfers' as driver, 'contacts' as unit, '> 0' as hurts_when union all
    select 'csat' as kpi, 'transfers' as driver, 'contacts' as unit, '> 0' as hurts_when union all
    select 'churn' as kpi, 'transfers' as driver, 'contacts' as unit, '> 0' as hurts_when union all
    select 'nps' as kpi, 'repeated_contacts' as driver, 'contacts' as unit, '> 0' as hurts_when union all
    select 'csat' as kpi, 'repeated_contacts' as driver, 'contacts' as unit, '> 0' as hurts_when union all
    select 'churn' as kpi, 'repeated_contacts' as driver, 'contacts' as unit, '> 0' as hurts_when union all
    select 'nps' as kpi, 'late_deliveries' as driver, 'orders' as unit, '> 0' as hurts_when union all
    select 'csat' as kpi, 'late_deliveries' as driver, 'orders' as unit, '> 0' as hurts_when union all
    select 'churn' as kpi, 'late_deliveries' as driver, 'orders' as unit, '> 0' as hurts_when union all
    select 'nps' as kpi, 'hard_interface' as driver, 'occurrences' as unit, '> 0' as hurts_when union all
    select 'csat' as kpi, 'hard_interface' as driver, 'occurrences' as unit, '> 0' as hurts_when union all
    select 'churn' as kpi, 'hard_interface' as driver, 'occurrences' as unit, '> 0' as hurts_when union all
    select 'nps' as kpi, 'technical_failures' as driver, 'occurrences' as unit, '> 0' as hurts_when union all
    select 'csat' as kpi, 'technical_failures' as driver, 'occurrences' as unit, '> 0' as hurts_when union all
    select 'churn' as kpi, 'technical_failures' as driver, 'occurrences' as unit, '> 0' as hurts_when union all
    select 'nps' as kpi, 'broken_promises' as driver, 'promises' as unit, '> 0' as hurts_when union all
    select 'csat' as kpi, 'broken_promises' as driver, 'promises' as unit, '> 0' as hurts_when union all
    select 'churn' as kpi, 'broken_promises' as driver, 'promises' as unit, '> 0' as hurts_when union all
    select 'nps' as kpi, 'worst_words' as driver, 'hundredths of a sentiment score, negated' as unit, '> 5' as hurts_when union all
    select 'csat' as kpi, 'worst_words' as driver, 'hundredths of a sentiment score, negated' as unit, '> 5' as hurts_when union all
    select 'churn' as kpi, 'worst_words' as driver, 'hundredths of a sentiment score, negated' as unit, '> 5' as hurts_when
)

select
    g.kpi,
    g.driver,
    g.unit,
    g.hurts_when,
    cast(coalesce(f.n, 0) as bigint) as fact_count,
    cast(coalesce(f.hurt_n, 0) as bigint) as hurt_count,
    coalesce(f.person_count, 0) as hurt_person_count,
    round(f.mean, 9) as mean,
    round(f.deviation, 9) as deviation,
    round(f.value, 9) as value,
    round(f.hurt_value, 9) as hurt_value,
    round(f.impact, 9) as impact,
    case when f.person_count >= 10 then round(f.impact - b.impact_half, 9) end as low,
    case when f.person_count >= 10 then round(f.impact + b.impact_half, 9) end as high,
    round(f.coefficient, 9) as coefficient,
    case when f.person_count >= 10 then round(f.coefficient - b.coefficient_half, 9) end as coefficient_low,
    case when f.person_count >= 10 then round(f.coefficient + b.coefficient_half, 9) end as coefficient_high,
    case when f.coefficient is not null then row_number() over (
        partition by g.kpi
        order by case when f.coefficient is null then 1 else 0 end, round(abs(f.coefficient), 9) desc, g.driver
    ) end as coefficient_rank,
    1 as rule_version
from grid as g
left join figures as f on f.kpi = g.kpi and f.driver = g.driver and f.replicate = 0
left join bounded as b on b.kpi = g.kpi and b.driver = g.driver;
