create table marts."agg_retention" as
-- Who comes back: cohorts by the month of the first order or first touch. Coming back is an order that is not void, or
-- a touchpoint of the person's own doing (no message, nothing that a subscription does by itself).
--   month      active in the k-th calendar month after the cohort's
--   n_day      active from day 30k to day 30k + 29 after the person's own first day
--   unbounded  active on day 30k or later
-- A window that is not over at as_of is pending: neither retained nor lost, whatever was seen in it.
with activity as (
    select distinct
        'first_order' as basis,
        person_id,
        local_date as day
    from "marts"."fct_orders"
    where person_id is not null and local_date is not null and not is_void
    union all
    select distinct
        'first_touch' as basis,
        person_id,
        local_date as day
    from "marts"."fct_touchpoints"
    where kind not in ('message', 'subscription', 'task')
),

persons as (
    select
        basis,
        person_id,
        min(day) as first_day,
        max(day) as last_day
    from activity
    group by basis, person_id
),

-- with the number of the person's last window that is over, and of the last in which they were seen
cohorts as (
    select
        basis,
        person_id,
        first_day,
        cast(date_trunc('month', first_day) as date) as cohort,
        cast(floor(cast(/*engine*/ date_diff('day', first_day, date '{as_of}') /*end*/ as double) / 30) as bigint) - 1 as over_number,
        cast(floor(cast(/*engine*/ date_diff('day', first_day, last_day) /*end*/ as double) / 30) as bigint) as seen_number
    from persons
),

sizes as (
    select
        basis,
        cohort,
        min(first_day) as first_day,
        count(*) as start_count
    from cohorts
    group by basis, cohort
),

periods as (
    select cast(0 as bigint) as period_number union all
    select cast(1 as bigint) as period_number union all
    select cast(2 as bigint) as period_number union all
    select cast(3 as bigint) as period_number union all
    select cast(4 as bigint) as period_number union all
    select cast(5 as bigint) as period_number union all
    select cast(6 as bigint) as period_number union all
    select cast(7 as bigint) as period_number union all
    select cast(8 as bigint) as period_number union all
    select cast(9 as bigint) as period_number union all
    select cast(10 as bigint) as period_number union all
    select cast(11 as bigint) as period_number union all
    select cast(12 as bigint) as period_number union all
    select cast(13 as bigint) as period_number union all
    select cast(14 as bigint) as period_number union all
    select cast(15 as bigint) as period_number union all
    select cast(16 as bigint) as period_number union all
    select cast(17 as bigint) as period_number union all
    select cast(18 as bigint) as period_number union all
    select cast(19 as bigint) as period_number union all
    select cast(20 as bigint) as period_number union all
    select cast(21 as bigint) as period_number union all
    select cast(22 as bigint) as period_number union all
    select cast(23 as bigint) as period_number union all
    select cast(24 as bigint) as period_number
),

-- each cohort by the periods that have begun for its first persons
grid as (
    select
        s.basis,
        v.variant,
        s.cohort,
        p.period_number,
        s.start_count,
        (12 * extract(year from s.cohort) + extract(month from s.cohort)) + p.period_number < (12 * extract(year from date '{as_of}') + extract(month from date '{as_of}')) as is_month_over
    from sizes as s
    cross join periods as p
    cross join (select 'month' as variant union all select 'n_day' union all select 'unbounded') as v
    where case when v.variant = 'month'
        then (12 * extract(year from s.cohort) + extract(month from s.cohort)) + p.period_number <= (12 * extract(year from date '{as_of}') + extract(month from date '{as_of}'))
        else /*engine*/ date_diff('day', s.first_day, date '{as_of}') /*end*/ > 30 * p.period_number
    end
),

-- how many persons a cohort has whose window is over, and who were seen in it, or in it or later
over_windows as (
    select
        g.basis,
        g.cohort,
        g.period_number,
        cast(sum(case when c.over_number >= g.period_number then c.person_count else 0 end) as bigint) as over_count,
        cast(sum(case when least(c.over_number, c.seen_number) >= g.period_number then c.person_count else 0 end) as bigint)
            as seen_count
    from grid as g
    inner join (
        select basis, cohort, over_number, seen_number, count(*) as person_count
        from cohorts
        group by basis, cohort, over_number, seen_number
    ) as c on c.basis = g.basis and c.cohort = g.cohort
    where g.variant = 'n_day'
    group by g.basis, g.cohort, g.period_number
),

active_windows as (
    select
        basis,
        cohort,
        period_number,
        count(*) as active_count
    from (
        select distinct
            c.basis,
            c.person_id,
            c.cohort,
            c.over_number,
            cast(floor(cast(/*engine*/ date_diff('day', c.first_day, a.day) /*end*/ as double) / 30) as bigint) as period_number
        from cohorts as c
        inner join activity as a on a.basis = c.basis and a.person_id = c.person_id
    ) as windows
    where period_number <= over_number
    group by basis, cohort, period_number
),

active_months as (
    select
        basis,
        cohort,
        period_number,
        count(*) as active_count
    from (
        select distinct
            c.basis,
            c.person_id,
            c.cohort,
            (12 * extract(year from a.day) + extract(month from a.day)) - (12 * extract(year from c.cohort) + extract(month from c.cohort)) as period_number
        from cohorts as c
        inner join activity as a on a.basis = c.basis and a.person_id = c.person_id
    ) as months
    group by basis, cohort, period_number
),

counted as (
    select
        g.basis,
        g.variant,
        g.cohort,
        g.period_number,
        g.start_count,
        case
            when g.variant = 'month' and not g.is_month_over then 0
            when g.variant = 'month' then coalesce(m.active_count, 0)
            when g.variant = 'n_day' then coalesce(w.active_count, 0)
            else o.seen_count
        end as retained_count,
        case
            when g.variant <> 'month' then g.start_count - o.over_count
            when g.is_month_over then 0
            else g.start_count
        end as pending_count
    from grid as g
    left join over_windows as o on o.basis = g.basis and o.cohort = g.cohort and o.period_number = g.period_number
    left join active_windows as w on w.basis = g.basis and w.cohort = g.cohort and w.period_number = g.period_number
    left join active_months as m on m.basis = g.basis and m.cohort = g.cohort and m.period_number = g.period_number
)

select
    c.basis,
    c.variant,
    c.cohort,
    c.period_number,
    c.start_count,
    c.retained_count,
    c.start_count - c.retained_count - c.pending_count as lost_count,
    c.pending_count,
    cast(c.retained_count as double) / nullif(c.start_count - c.pending_count, 0) as retained_share,
    case when (c.start_count - c.pending_count) > 0 then least(greatest(
    cast((cast(c.retained_count as double) / nullif((c.start_count - c.pending_count), 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * (c.start_count - c.pending_count), 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(c.retained_count as double) / nullif((c.start_count - c.pending_count), 0)) * (1 - (cast(c.retained_count as double) / nullif((c.start_count - c.pending_count), 0))) as double) / nullif((c.start_count - c.pending_count), 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast((c.start_count - c.pending_count) as double) * (c.start_count - c.pending_count), 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif((c.start_count - c.pending_count), 0), 0),
    0.0), 1.0) end as low,
    case when (c.start_count - c.pending_count) > 0 then least(greatest(
    cast((cast(c.retained_count as double) / nullif((c.start_count - c.pending_count), 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * (c.start_count - c.pending_count), 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(c.retained_count as double) / nullif((c.start_count - c.pending_count), 0)) * (1 - (cast(c.retained_count as double) / nullif((c.start_count - c.pending_count), 0))) as double) / nullif((c.start_count - c.pending_count), 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast((c.start_count - c.pending_count) as double) * (c.start_count - c.pending_count), 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif((c.start_count - c.pending_count), 0), 0),
    0.0), 1.0) end as high,
    1 as definition_version,
    d.data_through
from counted as c
inner join (select basis, max(day) as data_through from activity group by basis) as d on d.basis = c.basis;
