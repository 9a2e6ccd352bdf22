-- What each kind of pain point costs in each KPI: the KPI of all less the KPI without those it touched, by what happened to
-- them and not by what they said: a low answer is no cause of a low answer. Its interval and
-- the stability of its rank come from a bootstrap over persons whose weights are drawn from md5: it repeats.
{%- set last = pain_replicates() %}
with facts as (
    {{- pain_facts(ref('fct_responses'), ref('fct_sessions')) }}
    union all
    select 'churn' as kpi, person_id, coalesce(ended_date, {{ as_of() }}) as local_date, case when ended_date is not null then 1 else 0 end as x
    from {{ ref('fct_subscriptions') }}
),

person_days as (
    select kpi, person_id, local_date, count(*) as n, cast(sum(x) as bigint) as x
    from facts
    where person_id is not null and local_date is not null
    group by kpi, person_id, local_date
),

pain_days as (
    select distinct person_id, kind, local_date from {{ ref('fct_pain_points') }} where basis = 'behaviour'
),

touched_days as (
    select distinct f.kpi, f.person_id, f.local_date, f.n, f.x, p.kind
    from person_days as f
    inner join pain_days as p
        on p.person_id = f.person_id
        and p.local_date <= f.local_date
        and {{ days_between('p.local_date', 'f.local_date') }} <= {{ pain_days() }}
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
    {%- for replicate in range(last + 1) %}
    select {{ replicate }} as replicate{{ ' union all' if not loop.last }}
    {%- endfor %}
),

{%- for name, keys, rows in [('wholes', 'kpi', 'persons'), ('parts', 'kpi, kind', 'touched_persons')] %}

{{ name }} as (
    select {{ keys }}, replicate, cast(sum(weight * n) as bigint) as n, cast(sum(weight * x) as bigint) as x
    from (
        select {{ keys }}, replicate, n, x, {{ bootstrap_weight('drawn', 'replicate') }} as weight
        from (
            select {{ keys }}, replicate, n, x, {{ bootstrap_draw('person_id', 'replicate') }} as drawn
            from {{ rows }}
            cross join replicates
        ) as draws
    ) as weighed
    group by {{ keys }}, replicate
),
{%- endfor %}

kpis as (
    {%- for k in pain_kpis() %}
    select '{{ k.kpi }}' as kpi, {{ k.scale }} as scale, {{ k.harm }} as harm{{ ' union all' if not loop.last }}
    {%- endfor %}
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
    from {{ ref('fct_pain_points') }}
    group by kind
),

risks as (
    select p.kind, cast(sum(o.net_amount) as decimal(18, 2)) as value_at_risk
    from (select distinct person_id, kind from {{ ref('fct_pain_points') }}) as p
    inner join {{ ref('fct_orders') }} as o on o.person_id = p.person_id
    where o.excluded_reason is null and {{ days_between('o.local_date', as_of()) }} <= 365
    group by p.kind
),

grid as (
    {%- for kind in pain_kinds() %}
    {%- set outer = loop %}
    {%- for k in pain_kpis() %}
    select '{{ kind }}' as kind, '{{ k.kpi }}' as kpi{{ ' union all' if not (loop.last and outer.last) }}
    {%- endfor %}
    {%- endfor %}
),

bounded as (
    select
        kpi,
        kind,
        replicate_count,
        same_rank_count,
        {{ z_975() }} * sqrt(greatest(
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
    {{ pain_rules_version() }} as rule_version,
    v.data_through
from grid as g
left join volumes as v on v.kind = g.kind
left join risks as r on r.kind = g.kind
left join wholes as w on w.kpi = g.kpi and w.replicate = 0
left join ranked as o on o.kpi = g.kpi and o.kind = g.kind and o.replicate = 0
left join bounded as b on b.kpi = g.kpi and b.kind = g.kind
