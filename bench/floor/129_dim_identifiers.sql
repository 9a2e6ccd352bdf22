create table marts."dim_identifiers" as
-- Each token with the person it belongs to; a quarantined one says which rule it broke, and belongs to nobody where it
-- stands for several.
with merges as (
    select token, other_token from "intermediate"."int_identity_edges" where rule = 'crm_merge'
),

merged_tokens as (
    select
        token,
        max(is_loser) as is_loser,
        cast(row_number() over (order by token) as integer) as node
    from (
        select token, 1 as is_loser from merges
        union all
        select other_token as token, 0 as is_loser from merges
    ) as t
    group by token
),

merged_links as (
    select a.node, b.node as other
    from merges as m
    inner join merged_tokens as a on a.token = m.token
    inner join merged_tokens as b on b.token = m.other_token
    union
    select b.node, a.node as other
    from merges as m
    inner join merged_tokens as a on a.token = m.token
    inner join merged_tokens as b on b.token = m.other_token
),

-- merges that end nowhere, for each record of them was merged into another, are a cycle
merge_states as (
    select
        t.token,
        case
            when min(t.is_loser) over (partition by g.component) = 1 then 'cyclic'
            when t.is_loser = 1 then 'merged'
            else 'kept'
        end as merge_state
    from /*engine*/ (
    with recursive starts as materialized (select n.node from merged_tokens as n),
    neighbours as materialized (select e.node, e.other from merged_links as e),
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
) /*end*/ as g
    inner join merged_tokens as t on t.node = g.node
),

tokens as (
    select
        p.token,
        p.person_id,
        p.kind,
        c.token is not null as is_capped,
        c.reason,
        c.rule,
        c.neighbour_count,
        p.first_seen_at
    from "intermediate"."int_person_tokens" as p
    left join "intermediate"."int_identity_capped" as c on c.token = p.token and c.is_person
    union all
    select
        token,
        cast(null as varchar) as person_id,
        kind,
        true as is_capped,
        reason,
        rule,
        neighbour_count,
        cast(null as timestamp) as first_seen_at
    from "intermediate"."int_identity_capped"
    where not is_person
)

select
    t.token as identifier_token,
    t.person_id,
    coalesce(t.kind, 'unknown') as kind,
    t.is_capped,
    t.reason as capped_reason,
    t.rule as capped_rule,
    t.neighbour_count as capped_count,
    m.merge_state,
    t.first_seen_at
from tokens as t
left join merge_states as m on m.token = t.token;
