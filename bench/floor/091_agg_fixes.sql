create table marts."agg_fixes" as
-- Before and after each declared fix, over windows of equal length: its own pain and KPIs beside what it does not concern,
-- whose change in the same days is taken off (difference in differences). No proof of cause.
-- Every figure is a ratio of sums over persons. Its interval is linearised by person (delta method): one row a person
-- says how far they pull each figure, so that who is in both windows, or on both sides, is counted as one.
with fixes as (
    select
        cast(null as varchar) as fix_id,
        cast(null as integer) as definition_version,
        cast(null as varchar) as kind,
        cast(null as varchar) as concerns,
        cast(null as date) as live_date,
        cast(null as bigint) as window_days,
        cast(null as date) as before_from,
        cast(null as date) as after_to
    where false
),

-- things at which pain can occur
occasions as (
    select 'web_event' as object, source, 'web' as channel, person_id, local_date from "marts"."fct_sessions" where not is_bot
    union all
    select 'contact' as object, source, channel, person_id, local_date
    from "marts"."fct_contacts"
    where excluded_reason is null and coalesce(direction, 'inbound') <> 'outbound'
    union all
    select 'order' as object, source, channel, person_id, local_date from "marts"."fct_orders" where not is_void
    union all
    select 'answer' as object, source, channel, person_id, local_date
    from "marts"."fct_responses"
    where is_counted and kind in ('csat', 'ces')
),

facts as (
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
),

-- the days of which the sources of a fix tell
reach as (
    select cast(null as varchar) as fix_id, cast(null as date) as data_from, cast(null as date) as data_through where false
),

-- occasions (n) and pain (x) in the windows; what was only said touches nobody: a low answer is no cause of a low answer
happened as (
    select
        cast(null as varchar) as fix_id,
        cast(null as varchar) as period,
        cast(null as varchar) as person_id,
        cast(null as date) as local_date,
        cast(null as boolean) as is_concerned,
        cast(null as integer) as n,
        cast(null as integer) as x,
        cast(null as boolean) as is_touch
    where false
),

-- beside the fix: all other pain, at all occasions
pain as (
    select fix_id, side, period, person_id, cast(sum(n) as bigint) as n, cast(sum(x) as bigint) as x
    from (
        select fix_id, 'fix' as side, period, person_id, n, x from happened where is_concerned
        union all
        select fix_id, 'comparison' as side, period, person_id, n, x from happened where n = 1 or not is_concerned
    ) as sides
    group by fix_id, side, period, person_id
),

met as (
    select
        fix_id,
        period,
        person_id,
        min(local_date) as exposed_from,
        min(case when is_touch then local_date end) as touched_from
    from happened
    where is_concerned
    group by fix_id, period, person_id
),

facts_in_windows as (
    select
        w.fix_id,
        f.kpi,
        case when f.local_date < w.live_date then 'before' else 'after' end as period,
        f.person_id,
        f.local_date,
        f.x
    from facts as f
    inner join fixes as w on f.local_date between w.before_from and w.after_to
    where f.person_id is not null
),

persons as (
    select fix_id, 'occurrences_per_1000' as measure, 'exposed' as population, side, period, person_id, n, x from pain
    union all
    select fix_id, 'affected_share' as measure, 'exposed' as population, side, period, person_id, 1 as n, case when x > 0 then 1 else 0 end as x
    from pain
    union all
    -- beside the exposed: all others
    select
        f.fix_id,
        f.kpi as measure,
        'exposed' as population,
        case when m.exposed_from <= f.local_date then 'fix' else 'comparison' end as side,
        f.period,
        f.person_id,
        count(*) as n,
        cast(sum(f.x) as bigint) as x
    from facts_in_windows as f
    left join met as m on m.fix_id = f.fix_id and m.period = f.period and m.person_id = f.person_id
    group by f.fix_id, f.kpi, case when m.exposed_from <= f.local_date then 'fix' else 'comparison' end, f.period, f.person_id
    union all
    -- beside the touched: all others
    select
        f.fix_id,
        f.kpi as measure,
        'touched' as population,
        case when m.touched_from <= f.local_date then 'fix' else 'comparison' end as side,
        f.period,
        f.person_id,
        count(*) as n,
        cast(sum(f.x) as bigint) as x
    from facts_in_windows as f
    left join met as m on m.fix_id = f.fix_id and m.period = f.period and m.person_id = f.person_id
    group by f.fix_id, f.kpi, case when m.touched_from <= f.local_date then 'fix' else 'comparison' end, f.period, f.person_id
),

measures as (
    select 'affected_share' as measure, 'exposed' as population, 1 as scale union all
    select 'occurrences_per_1000' as measure, 'exposed' as population, 1000 as scale union all
    select 'nps' as measure, 'exposed' as population, 100 as scale union all
    select 'csat' as measure, 'exposed' as population, 1 as scale union all
    select 'conversion_rate' as measure, 'exposed' as population, 1 as scale union all
    select 'nps' as measure, 'touched' as population, 100 as scale union all
    select 'csat' as measure, 'touched' as population, 1 as scale union all
    select 'conversion_rate' as measure, 'touched' as population, 1 as scale
),

totals as (
    select fix_id, measure, population, side, period, count(*) as persons, cast(sum(n) as bigint) as n, cast(sum(x) as bigint) as x
    from persons
    group by fix_id, measure, population, side, period
),

-- how far each person pulls each ratio: (x - ratio * n) / N
pulls as (
    select
        p.fix_id,
        p.measure,
        p.population,
        p.person_id,
        max(case when p.side = 'fix' and p.period = 'before'
            then cast(p.x - cast(t.x as double) / nullif(t.n, 0) * p.n as double) / nullif(t.n, 0) end) as fix_before,
        max(case when p.side = 'fix' and p.period = 'after'
            then cast(p.x - cast(t.x as double) / nullif(t.n, 0) * p.n as double) / nullif(t.n, 0) end) as fix_after,
        max(case when p.side = 'comparison' and p.period = 'before'
            then cast(p.x - cast(t.x as double) / nullif(t.n, 0) * p.n as double) / nullif(t.n, 0) end) as comparison_before,
        max(case when p.side = 'comparison' and p.period = 'after'
            then cast(p.x - cast(t.x as double) / nullif(t.n, 0) * p.n as double) / nullif(t.n, 0) end) as comparison_after
    from persons as p
    inner join totals as t
        on t.fix_id = p.fix_id and t.measure = p.measure and t.population = p.population and t.side = p.side and t.period = p.period
    group by p.fix_id, p.measure, p.population, p.person_id
),

differences as (
    select
        *,
        coalesce(fix_after, 0) - coalesce(fix_before, 0) as own,
        coalesce(comparison_after, 0) - coalesce(comparison_before, 0) as other
    from pulls
),

spread as (
    select
        fix_id,
        measure,
        population,
        count(coalesce(fix_before, fix_after)) as own_persons,
        count(*) as all_persons,
        sum(cast(round(own * own, 24) as decimal(38, 24))) as own_squares,
        sum(cast(round((own - other) * (own - other), 24) as decimal(38, 24))) as all_squares
    from differences
    group by fix_id, measure, population
),

told as (
    select
        f.*,
        m.measure,
        m.population,
        m.scale,
        r.data_through,
        case
            when r.data_from is null or r.data_from > f.before_from then 'no_history'
            when r.data_through < f.after_to then 'pending'
            else 'complete'
        end as status
    from fixes as f
    cross join measures as m
    left join reach as r on r.fix_id = f.fix_id
),

wide as (
    select
        t.fix_id,
        t.measure,
        t.population,
        case when t.status <> 'no_history' then coalesce(max(case when c.side = 'fix' and c.period = 'before' then c.persons end), 0) end as fix_before_persons,
        case when t.status <> 'no_history' then coalesce(max(case when c.side = 'fix' and c.period = 'before' then c.x end), 0) end as fix_before_x,
        case when t.status <> 'no_history' then coalesce(max(case when c.side = 'fix' and c.period = 'before' then c.n end), 0) end as fix_before_n,
        case when t.status <> 'no_history' then cast(max(case when c.side = 'fix' and c.period = 'before' then t.scale * c.x end) as double)
            / nullif(max(case when c.side = 'fix' and c.period = 'before' then c.n end), 0) end as fix_before,
        case when t.data_through >= t.after_to then coalesce(max(case when c.side = 'fix' and c.period = 'after' then c.persons end), 0) end as fix_after_persons,
        case when t.data_through >= t.after_to then coalesce(max(case when c.side = 'fix' and c.period = 'after' then c.x end), 0) end as fix_after_x,
        case when t.data_through >= t.after_to then coalesce(max(case when c.side = 'fix' and c.period = 'after' then c.n end), 0) end as fix_after_n,
        case when t.data_through >= t.after_to then cast(max(case when c.side = 'fix' and c.period = 'after' then t.scale * c.x end) as double)
            / nullif(max(case when c.side = 'fix' and c.period = 'after' then c.n end), 0) end as fix_after,
        case when t.status <> 'no_history' then coalesce(max(case when c.side = 'comparison' and c.period = 'before' then c.persons end), 0) end as comparison_before_persons,
        case when t.status <> 'no_history' then coalesce(max(case when c.side = 'comparison' and c.period = 'before' then c.x end), 0) end as comparison_before_x,
        case when t.status <> 'no_history' then coalesce(max(case when c.side = 'comparison' and c.period = 'before' then c.n end), 0) end as comparison_before_n,
        case when t.status <> 'no_history' then cast(max(case when c.side = 'comparison' and c.period = 'before' then t.scale * c.x end) as double)
            / nullif(max(case when c.side = 'comparison' and c.period = 'before' then c.n end), 0) end as comparison_before,
        case when t.data_through >= t.after_to then coalesce(max(case when c.side = 'comparison' and c.period = 'after' then c.persons end), 0) end as comparison_after_persons,
        case when t.data_through >= t.after_to then coalesce(max(case when c.side = 'comparison' and c.period = 'after' then c.x end), 0) end as comparison_after_x,
        case when t.data_through >= t.after_to then coalesce(max(case when c.side = 'comparison' and c.period = 'after' then c.n end), 0) end as comparison_after_n,
        case when t.data_through >= t.after_to then cast(max(case when c.side = 'comparison' and c.period = 'after' then t.scale * c.x end) as double)
            / nullif(max(case when c.side = 'comparison' and c.period = 'after' then c.n end), 0) end as comparison_after
    from told as t
    left join totals as c on c.fix_id = t.fix_id and c.measure = t.measure and c.population = t.population
    group by t.fix_id, t.measure, t.population, t.status, t.data_through, t.after_to
),

bounded as (
    select
        w.*,
        t.scale,
        w.fix_after - w.fix_before as difference,
        w.comparison_after - w.comparison_before as comparison_difference,
        case when least(w.fix_before_persons, w.fix_after_persons) >= 10 and s.own_squares > 0
            then t.scale * sqrt(cast(cast(s.own_squares as double) * s.own_persons as double) / nullif(s.own_persons - 1, 0)) * 1.959963984540054 end as own_width,
        case when least(w.fix_before_persons, w.fix_after_persons, w.comparison_before_persons, w.comparison_after_persons)
            >= 10 and s.all_squares > 0
            then t.scale * sqrt(cast(cast(s.all_squares as double) * s.all_persons as double) / nullif(s.all_persons - 1, 0)) * 1.959963984540054 end as all_width
    from wide as w
    inner join told as t on t.fix_id = w.fix_id and t.measure = w.measure and t.population = w.population
    left join spread as s on s.fix_id = w.fix_id and s.measure = w.measure and s.population = w.population
)

select
    t.fix_id,
    t.measure,
    t.population,
    t.kind,
    t.concerns,
    t.live_date,
    t.window_days,
    t.before_from,
    t.after_to,
    t.status,
    b.fix_before_persons as before_person_count,
    b.fix_before_x as before_numerator,
    b.fix_before_n as before_denominator,
    round(b.fix_before, 9) as before_value,
    b.fix_after_persons as after_person_count,
    b.fix_after_x as after_numerator,
    b.fix_after_n as after_denominator,
    round(b.fix_after, 9) as after_value,
    b.comparison_before_persons as comparison_before_person_count,
    b.comparison_before_x as comparison_before_numerator,
    b.comparison_before_n as comparison_before_denominator,
    round(b.comparison_before, 9) as comparison_before_value,
    b.comparison_after_persons as comparison_after_person_count,
    b.comparison_after_x as comparison_after_numerator,
    b.comparison_after_n as comparison_after_denominator,
    round(b.comparison_after, 9) as comparison_after_value,
    round(b.difference, 9) as difference,
    round(b.difference - b.own_width, 9) as low,
    round(b.difference + b.own_width, 9) as high,
    round(b.comparison_difference, 9) as comparison_difference,
    round(b.difference - b.comparison_difference, 9) as difference_in_differences,
    round(b.difference - b.comparison_difference - b.all_width, 9) as did_low,
    round(b.difference - b.comparison_difference + b.all_width, 9) as did_high,
    cast(t.definition_version as integer) as definition_version,
    2 as rule_version,
    t.data_through
from told as t
inner join bounded as b on b.fix_id = t.fix_id and b.measure = t.measure and b.population = t.population;
