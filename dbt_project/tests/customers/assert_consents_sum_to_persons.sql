{{ config(meta={'dagster': {'ref': {'name': 'agg_consents'}}}) }}
-- For each purpose the states of agg_consents sum to all persons, and each of its figures is that of dim_consents. A row
-- here is a purpose under which somebody is in no state or in two.
with purposes as (
{% for purpose in consent_default() %}
    select '{{ purpose }}' as purpose
    {{- ' union all' if not loop.last }}
{%- else %}
    select '' as purpose
{%- endfor %}

),

total as (

    select count(*) as persons from {{ ref('dim_customers') }}

),

summed as (

    select purpose, cast(sum(persons) as bigint) as persons from {{ ref('agg_consents') }} group by purpose

),

counted as (

    select purpose, state, basis, persons, contradicted from {{ ref('agg_consents') }}
    union all
    select
        purpose,
        state,
        basis,
        -count(*) as persons,
        -count(case when contradicting_count > 0 then 1 end) as contradicted
    from {{ ref('dim_consents') }}
    group by purpose, state, basis

),

differing as (

    select purpose
    from counted
    group by purpose, state, basis
    having true is distinct from (sum(persons) = 0 and sum(contradicted) = 0)

)

select coalesce(u.purpose, s.purpose) as purpose, s.persons, t.persons as all_persons
from purposes as u
full outer join summed as s on s.purpose = u.purpose
cross join total as t
where u.purpose is null or true is distinct from (coalesce(s.persons, 0) = t.persons)
union all
select purpose, null as persons, null as all_persons from differing
