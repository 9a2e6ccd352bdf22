-- What moves the score: for each outcome and driver how often it hurts, the outcome of all less that of those it did not
-- hurt, and the coefficient of a ridge regression on all drivers together. Intervals and the weights of a bootstrap over
-- persons as in agg_pain_points. What goes together is not what causes.
{%- set all, last = drivers(), pain_replicates() %}
{%- set k, fewest = all | length, 10 %}
with facts as (

    select
        kind as kpi,
        answer_id as fact_id,
        person_id,
        answered_at as told_at,
        case when kind = 'nps' then case nps_bucket when 'promoter' then 100 when 'detractor' then -100 else 0 end
            when score >= 4 then 1 else 0 end as y
    from {{ ref('fct_responses') }}
    where is_counted and person_id is not null and (kind = 'nps' or (kind = 'csat' and scale_min = 1 and scale_max = 5))
    union all
    select
        'churn' as kpi,
        subscription_id || '|' || cast(month as varchar) as fact_id,
        person_id,
        {{ utc_time('cast(month as timestamp)', "'" ~ var('reporting_zone') ~ "'") }} as told_at,
        case when is_lost then 1 else 0 end as y
    from {{ ref('fct_subscription_months') }}
    where person_id is not null and excluded_reason is null

),

contacts as (

    select person_id, opened_at as happened_at, wait_seconds, handle_seconds, is_transferred
    from {{ ref('fct_contacts') }}
    where excluded_reason is null and coalesce(direction, 'inbound') <> 'outbound'

),

pains as (

    select person_id, occurred_at as happened_at, kind, rule
    from {{ ref('fct_pain_points') }}
    where basis = 'behaviour'

),

promises as (

    select person_id, breach_at as happened_at
    from {{ ref('fct_sla_events') }}
    where state = 'breached' and metric <> 'queue_wait'

),

-- what was written elsewhere than in the answer itself
words as (

    select person_id, said_at as happened_at, score
    from {{ ref('fct_text_sentiment') }}
    where entity <> 'response' and score is not null

),

happenings as (
    {%- for name in ['contacts', 'pains', 'promises', 'words'] %}
    select
        person_id,
        happened_at
        {%- for d in all %},
        cast({{ d.value if d.from == name else 'null' }} as bigint) as d{{ loop.index }}
        {%- endfor %}
    from {{ name }}
    where person_id is not null
    {{- ' union all' if not loop.last }}
    {%- endfor %}
),

felt as (

    select
        f.kpi,
        f.fact_id,
        f.person_id,
        f.y
        {%- for d in all %},
        cast(coalesce({{ d.of }}(h.d{{ loop.index }}), 0) as bigint) as d{{ loop.index }}
        {%- endfor %}
    from facts as f
    left join happenings as h
        on h.person_id = f.person_id
        and h.happened_at < f.told_at
        and h.happened_at >= f.told_at - interval {{ pain_days() }} day
    group by f.kpi, f.fact_id, f.person_id, f.y

),

replicates as (
    {%- for replicate in range(last + 1) %}
    select {{ replicate }} as replicate{{ ' union all' if not loop.last }}
    {%- endfor %}
),

weights as (

    select person_id, replicate, {{ bootstrap_weight('drawn', 'replicate') }} as weight
    from (
        select person_id, replicate, {{ bootstrap_draw('person_id', 'replicate') }} as drawn
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
        sum(w.weight * f.y * f.y) as s0_0
        {%- for d in all %}
        {%- set i = loop.index %},
        sum(w.weight * f.d{{ i }}) as s{{ i }},
        sum(w.weight * f.d{{ i }} * f.y) as s0_{{ i }},
        sum(case when f.d{{ i }} {{ d.hurts }} then w.weight else 0 end) as n{{ i }},
        sum(case when f.d{{ i }} {{ d.hurts }} then w.weight * f.y else 0 end) as y{{ i }}
        {%- for j in range(i, k + 1) %},
        sum(w.weight * f.d{{ i }} * f.d{{ j }}) as s{{ i }}_{{ j }}
        {%- endfor %}
        {%- endfor %}
    from felt as f
    inner join weights as w on w.person_id = f.person_id
    group by f.kpi, w.replicate

),

persons as (

    select
        kpi
        {%- for d in all %},
        count(distinct case when d{{ loop.index }} {{ d.hurts }} then person_id end) as p{{ loop.index }}
        {%- endfor %}
    from felt
    group by kpi

),

-- a driver that hurt too few has no spread: its coefficient would hang on them
spreads as (

    select
        s.*,
        sqrt(greatest(cast(s.s0_0 as double) / nullif(s.n, 0) - power(cast(s.s0 as double) / nullif(s.n, 0), 2), 0)) as sd0
        {%- for d in all %}
        {%- set i = loop.index %},
        p.p{{ i }},
        case when p.p{{ i }} >= {{ fewest }} then sqrt(greatest(cast(s.s{{ i }}_{{ i }} as double) / nullif(s.n, 0)
            - power(cast(s.s{{ i }} as double) / nullif(s.n, 0), 2), 0)) end as sd{{ i }}
        {%- endfor %}
    from sums as s
    inner join persons as p on p.kpi = s.kpi

),

places as (
    {%- for i in range(k + 1) %}
    select {{ i }} as place{{ ' union all' if i < k }}
    {%- endfor %}
),

-- correlations, and as many pseudo-answers on the diagonal as there are drivers: the penalty fades as answers come in
cells as (

    select
        s.kpi,
        s.replicate,
        a.place as i,
        b.place as j,
        case
            when a.place = b.place then 1 + case when a.place > 0 then cast({{ k }} as double) / nullif(s.n, 0) else 0 end
            else coalesce(case
                {%- for i in range(k + 1) %}
                {%- for j in range(i + 1, k + 1) %}
                when least(a.place, b.place) = {{ i }} and greatest(a.place, b.place) = {{ j }} then
                    cast(cast(s{{ i }}_{{ j }} as double) / nullif(n, 0)
                    - cast(s{{ i }} as double) / nullif(n, 0) * (cast(s{{ j }} as double) / nullif(n, 0)) as double)
                    / nullif(sd{{ i }} * sd{{ j }}, 0)
                {%- endfor %}
                {%- endfor %}
            end, 0)
        end as v
    from spreads as s
    cross join places as a
    cross join places as b

),
{%- for d in all %}

swept_{{ loop.index }} as (

    {{ swept('cells' if loop.first else 'swept_' ~ loop.index0, ['kpi', 'replicate'], loop.index) }}

),
{%- endfor %}

figures as (
    {%- for d in all %}
    {%- set i = loop.index %}
    select
        '{{ d.driver }}' as driver,
        '{{ d.unit }}' as unit,
        s.kpi,
        s.replicate,
        s.n,
        s.n{{ i }} as hurt_n,
        s.p{{ i }} as person_count,
        cast(s.s0 as double) / nullif(s.n, 0) as value,
        cast(s.y{{ i }} as double) / nullif(s.n{{ i }}, 0) as hurt_value,
        cast(s.s{{ i }} as double) / nullif(s.n, 0) as mean,
        s.sd{{ i }} as deviation,
        case when s.n{{ i }} > 0 then cast(s.s0 as double) / nullif(s.n, 0)
            - cast(s.s0 - s.y{{ i }} as double) / nullif(s.n - s.n{{ i }}, 0) end as impact,
        case when s.sd{{ i }} > 0 then c.v * s.sd0 end as coefficient
    from spreads as s
    inner join swept_{{ k }} as c on c.kpi = s.kpi and c.replicate = s.replicate and c.i = {{ i }} and c.j = 0
    {{- ' union all' if not loop.last }}
    {%- endfor %}
),

spread as (

    select
        kpi,
        driver
        {%- for name in ['impact', 'coefficient'] %},
        count({{ name }}) as {{ name }}_replicates,
        sum(cast(round({{ name }}, 9) as decimal(38, 9))) as {{ name }}_total,
        sum(cast(round({{ name }} * {{ name }}, 9) as decimal(38, 9))) as {{ name }}_squares
        {%- endfor %}
    from figures
    where replicate > 0
    group by kpi, driver

),

bounded as (

    select
        kpi,
        driver
        {%- for name in ['impact', 'coefficient'] %},
        {{ z_975() }} * sqrt(greatest(cast(cast({{ name }}_squares as double)
            - cast(cast({{ name }}_total as double) * cast({{ name }}_total as double) as double)
            / nullif({{ name }}_replicates, 0) as double) / nullif({{ name }}_replicates - 1, 0), 0)) as {{ name }}_half
        {%- endfor %}
    from spread

),

grid as (
    {%- for d in all %}
    {%- set outer = loop %}
    {%- for kpi in ['nps', 'csat', 'churn'] %}
    select '{{ kpi }}' as kpi, '{{ d.driver }}' as driver, '{{ d.unit }}' as unit, '{{ d.hurts }}' as hurts_when
    {{- ' union all' if not (loop.last and outer.last) }}
    {%- endfor %}
    {%- endfor %}
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
    {%- for name, prefix in [('impact', ''), ('coefficient', 'coefficient_')] %}
    round(f.{{ name }}, 9) as {{ name }},
    case when f.person_count >= {{ fewest }} then round(f.{{ name }} - b.{{ name }}_half, 9) end as {{ prefix }}low,
    case when f.person_count >= {{ fewest }} then round(f.{{ name }} + b.{{ name }}_half, 9) end as {{ prefix }}high,
    {%- endfor %}
    case when f.coefficient is not null then row_number() over (
        partition by g.kpi
        order by case when f.coefficient is null then 1 else 0 end, round(abs(f.coefficient), 9) desc, g.driver
    ) end as coefficient_rank,
    {{ drivers_version() }} as rule_version
from grid as g
left join figures as f on f.kpi = g.kpi and f.driver = g.driver and f.replicate = 0
left join bounded as b on b.kpi = g.kpi and b.driver = g.driver
