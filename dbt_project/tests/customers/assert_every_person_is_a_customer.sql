-- Why: a person without an entry in dim_customers would lose all its facts in every join, and one that swallowed the
-- rest (null or placeholder identifiers that joined everybody) makes all of them wrong. Each person is a customer,
-- and once there are a thousand tokens none holds half of them.
{{ config(meta={'dagster': {'ref': {'name': 'dim_customers'}}}) }}

with sizes as (
    select
        person_id,
        count(*) as token_count
    from {{ ref('int_person_tokens') }}
    group by person_id
),

total as (
    select cast(coalesce(sum(token_count), 0) as bigint) as token_count from sizes
)

select
    s.person_id,
    s.token_count,
    t.token_count as all_tokens
from sizes as s
cross join total as t
left join {{ ref('dim_customers') }} as c on c.person_id = s.person_id
where true is distinct from (c.person_id is not null and (t.token_count < 1000 or 2 * s.token_count < t.token_count))
