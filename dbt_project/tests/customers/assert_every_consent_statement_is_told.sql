{{ config(meta={'dagster': {'ref': {'name': 'dim_consents'}}}) }}
-- Each statement of a person's token until as_of is counted in dim_consents, under a purpose that needs consent, with
-- a state that the rule knows. A row here is a purpose or state that a pack writes otherwise, or a lost statement.
with counted as (

    select c.purpose, 1 as given, 0 as told
    from {{ ref('int_consent_statements') }} as c
    inner join {{ ref('int_person_tokens') }} as t on t.token = c.person_token
    where c.stated_at is null or c.stated_at < {{ as_of_at() }}
    union all
    select purpose, 0 as given, statement_count as told from {{ ref('dim_consents') }}

)

select
    purpose,
    cast(null as varchar) as state,
    sum(given) as given,
    sum(told) as told
from counted
group by purpose
having true is distinct from (sum(given) = sum(told))
union all
select purpose, state, count(*) as given, 0 as told
from {{ ref('int_consent_statements') }}
where true is distinct from (state in ('granted', 'refused', 'withdrawn'))
group by purpose, state
