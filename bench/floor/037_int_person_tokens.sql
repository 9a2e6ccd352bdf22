create table intermediate."int_person_tokens" as
-- One row per token of a person. Tokens joined by edges are one person, named by its oldest token: the name depends
-- on what was seen, never on when it was delivered. `person_number` is for joins inside the warehouse only.
with joined as (
    select
        a.node,
        b.node as other
    from "intermediate"."int_identity_edges" as e
    inner join "intermediate"."int_identity_nodes" as a on a.token = e.token
    inner join "intermediate"."int_identity_nodes" as b on b.token = e.other_token
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
    reached(node, component) using key (node) as (
        select node, node from starts
        union
        select n.node, min(changed.component)
        from reached as changed
        inner join neighbours as n on n.other = changed.node
        inner join recurring.reached as known on known.node = n.node
        where changed.component < known.component
        group by n.node
    )
    select node, component from reached
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
