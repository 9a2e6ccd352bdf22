-- One row per token of a person. Tokens joined by edges are one person, named by its oldest token: the name depends
-- on what was seen, never on when it was delivered. `person_number` is for joins inside the warehouse only.
with alone as (
    select token from {{ ref('int_identity_capped') }} where is_person
),

joined as (
    select
        a.node,
        b.node as other
    from {{ ref('int_identity_edges') }} as e
    inner join {{ ref('int_identity_nodes') }} as a on a.token = e.token
    inner join {{ ref('int_identity_nodes') }} as b on b.token = e.other_token
    where not exists (select 1 from alone as x where x.token = e.token)
        and not exists (select 1 from alone as x where x.token = e.other_token)
),

links as (
    select node, other from joined
    union
    select other as node, node as other from joined
),

linked as (
    select distinct node from links
),

labelled as (
    select node, component from {{ components('linked', 'links') }}
)

select
    n.token,
    {{ person_name('o.token') }} as person_id,
    o.node as person_number,
    n.kind,
    n.first_seen_at
from {{ ref('int_identity_nodes') }} as n
left join labelled as l on l.node = n.node
inner join {{ ref('int_identity_nodes') }} as o on o.node = coalesce(l.component, n.node)
