-- Why: what a fix concerns and what it does not make up all pain, answers and sessions of each window, the windows are of one
-- length, and nothing is told of one that is not over. A row here is a fix whose before and after cannot be trusted.
{{ config(meta={'dagster': {'ref': {'name': 'agg_fixes'}}}) }}
{%- set periods = ['before', 'after'] %}
{%- set same = 'is not distinct from' %}

with facts as (
    {{- pain_facts(ref('fct_responses'), ref('fct_sessions')) }}
    union all
    select 'occurrences_per_1000' as kpi, person_id, local_date, 1 as x from {{ ref('fct_pain_points') }}
),

windows as (
    {%- for period in periods %}
    select distinct
        fix_id,
        '{{ period }}' as period,
        {{ 'before_from' if period == 'before' else 'live_date' }} as first_date,
        {{ 'live_date' if period == 'before' else 'after_to' }} as last_date,
        {{ 1 if period == 'before' else 0 }} as days_off
    from {{ ref('agg_fixes') }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

-- all of each window, whatever the fix concerns
recounted as (
    select w.fix_id, w.period, f.kpi, count(*) as n, sum(f.x) as x
    from windows as w
    inner join facts as f
        on f.local_date >= w.first_date and {{ days_between('f.local_date', 'w.last_date') }} >= w.days_off and f.person_id is not null
    group by w.fix_id, w.period, f.kpi
),

declared as (
    select f.fix_id, m.measure, m.population, m.scale, f.definition_version, f.kind, f.live_date, f.window_days
    from ({{ fix_rows() }}) as f
    cross join (
        {%- for m in fix_measures() %}
        select '{{ m.measure }}' as measure, '{{ m.population }}' as population, {{ m.scale }} as scale{{ ' union all' if not loop.last }}
        {%- endfor %}
    ) as m
),

paired as (
    select
        coalesce(d.fix_id, a.fix_id) as fix,
        d.scale,
        d.live_date as declared_date,
        d.window_days as declared_days,
        d.definition_version as declared_version,
        d.kind as declared_kind,
        a.*
    from declared as d
    full join {{ ref('agg_fixes') }} as a on a.fix_id = d.fix_id and a.measure = d.measure and a.population = d.population
)

select p.fix, p.measure, p.population
from paired as p
{%- for period in periods %}
left join recounted as {{ period }}_all on {{ period }}_all.fix_id = p.fix_id and {{ period }}_all.kpi = p.measure and {{ period }}_all.period = '{{ period }}'
{%- endfor %}
where true is distinct from (
    p.live_date = p.declared_date
    and p.window_days = p.declared_days
    and p.definition_version = p.declared_version
    and p.kind = p.declared_kind
    and {{ days_between('p.before_from', 'p.live_date') }} = p.window_days
    and {{ days_between('p.live_date', 'p.after_to') }} = p.window_days - 1
    and case p.status when 'complete' then p.data_through >= p.after_to when 'pending' then p.data_through < p.after_to else p.status = 'no_history' end
    and (p.before_denominator is null) = (p.status = 'no_history')
    and (p.after_denominator is null) = coalesce(p.data_through < p.after_to, true)
    {%- for period in periods %}
    and case
        when p.{{ period }}_denominator is null then
            p.{{ period }}_numerator is null and p.{{ period }}_value is null and p.difference is null
            and p.comparison_{{ period }}_denominator is null and p.comparison_{{ period }}_value is null
        when p.measure = 'affected_share' then
            p.{{ period }}_numerator <= p.{{ period }}_denominator and p.{{ period }}_denominator = p.{{ period }}_person_count
            and p.comparison_{{ period }}_numerator <= p.comparison_{{ period }}_denominator
        when p.measure = 'occurrences_per_1000' then
            p.{{ period }}_numerator + p.comparison_{{ period }}_numerator = coalesce({{ period }}_all.n, 0)
            and p.{{ period }}_denominator <= p.comparison_{{ period }}_denominator
        else
            p.{{ period }}_numerator + p.comparison_{{ period }}_numerator = coalesce({{ period }}_all.x, 0)
            and p.{{ period }}_denominator + p.comparison_{{ period }}_denominator = coalesce({{ period }}_all.n, 0)
    end
    {%- for name in [period, 'comparison_' ~ period] %}
    and round(cast(p.scale * p.{{ name }}_numerator as double) / nullif(p.{{ name }}_denominator, 0), 9) {{ same }} p.{{ name }}_value
    {%- endfor %}
    {%- endfor %}
    and coalesce(abs(p.after_value - p.before_value - p.difference) < 0.00001, p.difference is null)
    and coalesce(abs(p.comparison_after_value - p.comparison_before_value - p.comparison_difference) < 0.00001, p.comparison_difference is null)
    and coalesce(abs(p.difference - p.comparison_difference - p.difference_in_differences) < 0.00001, p.difference_in_differences is null)
    and coalesce(p.difference between p.low and p.high, p.low is null and p.high is null)
    and coalesce(p.difference_in_differences between p.did_low and p.did_high, p.did_low is null and p.did_high is null)
)
