create table intermediate."int_person_tokens" as
-- One row per token of a person. Tokens joined by edges are one person, named by its oldest token: the name depends
-- on what was seen, never on when it was delivered. `person_number` is for joins inside the warehouse only.
with alone as (
    select token from "intermediate"."int_identity_capped" where is_person
),

joined as (
    select
        a.node,
        b.node as other
    from "intermediate"."int_identity_edges" as e
    inner join "intermediate"."int_identity_nodes" as a on a.token = e.token
    inner join "intermediate"."int_identity_nodes" as b on b.token = e.other_token
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
    select node, component from /*engine*/ (
    with recursive starts as materialized (select n.node from linked as n),
    neighbours as materialized (select e.node, e.other from links as e),
    given as materialized (select node, least(node, min(other)) as component from neighbours group by node),
    bridges as materialized (
        select distinct a.component as node, b.component as other
        from neighbours as n
        inner join given as a on a.node = n.node
        inner join given as b on b.node = n.other
        where a.component <> b.component
    ),
    ends as materialized (select distinct node from bridges),
    reached(node, component) using key (node) as (
        select node, node from ends
        union
        select n.node, min(changed.component)
        from reached as changed
        inner join bridges as n on n.other = changed.node
        inner join recurring.reached as known on known.node = n.node
        where changed.component < known.component
        group by n.node
    )
    select s.node, coalesce(r.component, g.component, s.node) as component
    from starts as s
    left join given as g on g.node = s.node
    left join reached as r on r.node = g.component
) /*end*/
)

select
    n.token,
    md5('person|' || o.token) as person_id,
    o.node as person_number,
    n.kind,
    n.first_seen_at
from "intermediate"."int_identity_nodes" as n
left join labelled as l on l.node = n.node
inner join "intermediate"."int_identity_nodes" as o on o.node = coalesce(l.component, n.node);
