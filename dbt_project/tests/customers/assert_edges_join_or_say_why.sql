{{ config(meta={'dagster': {'ref': {'name': 'agg_identity_edges'}}}) }}
-- Each edge joins its two tokens in one person, unless one of them is quarantined, and then agg_identity_edges says why:
-- its rows sum to all edges. Told so, an edge can neither be lost nor be followed in silence.
with edges as (
    select
        e.token,
        e.other_token,
        c.token is not null or d.token is not null as is_capped,
        a.person_id,
        b.person_id as other_person_id
    from {{ ref('int_identity_edges') }} as e
    left join {{ ref('int_identity_capped') }} as c on c.token = e.token
    left join {{ ref('int_identity_capped') }} as d on d.token = e.other_token
    left join {{ ref('int_person_tokens') }} as a on a.token = e.token
    left join {{ ref('int_person_tokens') }} as b on b.token = e.other_token
),

sums as (
    select
        (select count(*) from edges) as edge_count,
        (select count(*) from edges where not is_capped) as joined_count,
        cast(coalesce(sum(edge_count), 0) as bigint) as told_count,
        cast(coalesce(sum(case when outcome = 'joined' then edge_count end), 0) as bigint) as told_joined_count
    from {{ ref('agg_identity_edges') }}
    where rule <> 'identity_deny.csv'
)

select 'edge' as what, token as id
from edges
where not is_capped and (person_id is null or other_person_id is null or person_id <> other_person_id)
union all
select 'sum' as what, cast(told_count as varchar) as id
from sums
where edge_count <> told_count or joined_count <> told_joined_count
