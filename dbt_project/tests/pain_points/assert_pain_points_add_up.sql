-- Why: who is said to be hurt is who is told to be, what a kind touched and what it did not is all that was answered, visited
-- or subscribed, and all is the mean of both. A row here is a kind and KPI whose impact cannot be trusted.
{{ config(meta={'dagster': {'ref': {'name': 'agg_pain_points'}}}) }}

with facts as (
    select
        kind as kpi,
        answer_id as fact_id,
        person_id,
        local_date,
        case when kind = 'nps' then case nps_bucket when 'promoter' then 100 when 'detractor' then -100 else 0 end
            when score >= 4 then 1 else 0 end as x
    from {{ ref('fct_responses') }}
    where is_counted and (kind = 'nps' or (kind = 'csat' and scale_min = 1 and scale_max = 5))
    union all
    select 'conversion_rate', session_id, person_id, local_date, case when is_converted then 1 else 0 end
    from {{ ref('fct_sessions') }}
    where not is_bot
    union all
    select 'churn', subscription_id, person_id, coalesce(ended_date, {{ as_of() }}), case when ended_date is not null then 1 else 0 end
    from {{ ref('fct_subscriptions') }}
),

known as (
    select * from facts where person_id is not null and local_date is not null
),

wholes as (
    select kpi, count(*) as n, sum(x) as x from known group by kpi
),

-- Each fact once a kind, however often it hurt: one join for all kinds, as ten side by side need ten times the memory.
touched as (
    select distinct p.kind, f.kpi, f.fact_id, f.x
    from known as f
    inner join {{ ref('fct_pain_points') }} as p on p.person_id = f.person_id and p.local_date <= f.local_date
    where p.basis = 'behaviour' and {{ days_between('p.local_date', 'f.local_date') }} <= {{ pain_days() }}
),

parts as (
    select kind, kpi, count(*) as n, sum(x) as x from touched group by kind, kpi
),

volumes as (
    select kind, count(*) as occurrence_count, sum(case when basis = 'feedback' then 1 else 0 end) as feedback_count
    from {{ ref('fct_pain_points') }}
    group by kind
),

hurt as (
    select kind, count(*) as person_count
    from (select distinct kind, person_id from {{ ref('fct_pain_points') }}) as persons
    group by kind
),

kinds as (
    {%- for kind in pain_kinds() %}
    {%- set outer = loop %}
    {%- for k in pain_kpis() %}
    select '{{ kind }}' as kind, '{{ k.kpi }}' as kpi, {{ k.harm }} as harm{{ ' union all' if not (loop.last and outer.last) }}
    {%- endfor %}
    {%- endfor %}
),

ranked as (
    select
        a.*,
        k.harm,
        a.fact_count - a.touched_count as other_count,
        case when a.impact is not null then
            count(case when a.impact is not null then 1 end) over (
                partition by a.kpi order by k.harm * a.impact desc, a.kind rows between unbounded preceding and current row
            )
        end as place
    from {{ ref('agg_pain_points') }} as a
    left join kinds as k on k.kind = a.kind and k.kpi = a.kpi
)

select
    coalesce(k.kind, a.kind) as kind,
    coalesce(k.kpi, a.kpi) as kpi
from kinds as k
full join ranked as a on a.kind = k.kind and a.kpi = k.kpi
left join wholes as w on w.kpi = k.kpi
left join parts as t on t.kpi = k.kpi and t.kind = k.kind
left join volumes as v on v.kind = k.kind
left join hurt as h on h.kind = k.kind
where true is distinct from (
    a.person_count = coalesce(h.person_count, 0)
    and a.occurrence_count = coalesce(v.occurrence_count, 0)
    and a.feedback_count = coalesce(v.feedback_count, 0)
    and a.fact_count = coalesce(w.n, 0)
    and a.touched_count = coalesce(t.n, 0)
    and case when a.touched_count = 0
        then a.value is null and a.touched_value is null and a.impact is null and a.impact_rank is null
        else abs(a.value * a.fact_count - w.x) < 0.0001
            and abs(a.touched_value * a.touched_count - t.x) < 0.0001
            -- all is the mean of the touched and the others
            and (a.impact is null) = (a.other_count = 0)
            and coalesce(abs(a.value * a.fact_count - a.touched_value * a.touched_count - (a.value - a.impact) * a.other_count), 0)
                < 0.0001 * (1 + a.fact_count)
            and a.impact_rank is not distinct from a.place
            and coalesce(a.impact between a.low and a.high, true)
    end
)
