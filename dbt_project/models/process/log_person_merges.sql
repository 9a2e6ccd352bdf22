-- Persons whose tokens went to another person since the last run, and how many. The state it compares with moves in
-- the transaction that writes the log: a crash loses nothing and repeats nothing.
{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns', full_refresh=false,
    post_hook="create or replace table state.person_tokens_logged as select token, person_id from {{ ref('int_person_tokens') }}"
) }}

with former as (
{%- if not in_state('person_tokens_logged') %}
    select token, person_id from {{ ref('int_person_tokens') }} where false
{%- else %}
    select token, person_id from state.person_tokens_logged
{%- endif %}
),

moved as (
    select
        f.person_id as former_person_id,
        n.person_id,
        count(*) as token_count
    from former as f
    inner join {{ ref('int_person_tokens') }} as n on n.token = f.token
    where n.person_id <> f.person_id
    group by f.person_id, n.person_id
    union all
    select
        f.person_id as former_person_id,
        cast(null as varchar) as person_id,
        count(*) as token_count
    from former as f
    inner join {{ ref('int_identity_capped') }} as c on c.token = f.token
    where not c.is_person
    group by f.person_id
)

select
    {{ as_of() }} as as_of_date,
    m.former_person_id as former_person_token,
    m.person_id,
    case
        when m.person_id is null then 'quarantined'
        when exists (select 1 from {{ ref('int_person_tokens') }} as n where n.person_id = m.former_person_id) then 'split'
        when exists (select 1 from former as f where f.person_id = m.person_id) then 'merged'
        else 'renamed'
    end as change,
    m.token_count
from moved as m
