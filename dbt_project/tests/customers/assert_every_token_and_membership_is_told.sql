{{ config(meta={'dagster': {'ref': {'name': 'dim_identifiers'}}}) }}
-- Each token, joined or quarantined, is one row of dim_identifiers, and each membership of the entities one row of
-- dim_accounts. A row here is one that was lost or doubled on the way.
with counted as (

    select 'identifier' as what, token as id, 1 as given, 0 as told from {{ ref('int_person_tokens') }}
    union all
    select 'identifier', token, 1, 0 from {{ ref('int_identity_capped') }} where not is_person
    union all
    select 'identifier', identifier_token, 0, 1 from {{ ref('dim_identifiers') }}
    union all
    select 'membership', md5(source || '/' || source_id), 1, 0 from {{ ref('accounts') }}
    union all
    select 'membership', membership_id, 0, 1 from {{ ref('dim_accounts') }}

)

select
    what,
    id,
    sum(given) as given,
    sum(told) as told
from counted
group by what, id
having sum(given) <> sum(told)
