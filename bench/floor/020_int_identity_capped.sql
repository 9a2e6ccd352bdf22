create table intermediate."int_identity_capped" as
-- One row per token that is quarantined: it joins nobody and is nobody. Two rules:
-- crowded: more tokens of one personal kind are seen with it than identity_caps allows for its kind;
-- shared: a cookie or device that more than one person logged in at, wrote an address into, or ordered from (a kiosk,
-- a family's computer), where a person is what accounts, logins, addresses and phones say without any cookie.
-- Its sessions belong to whoever was logged in during them.

with neighbours as (
    select token, kind, other_token, other_kind from "intermediate"."int_identity_edges"
    union
    select other_token as token, other_kind as kind, token as other_token, kind as other_kind from "intermediate"."int_identity_edges"
),

crowded as (
    select
        token,
        kind,
        other_kind,
        count(distinct other_token) as neighbour_count
    from neighbours
    where other_kind in ('account', 'email', 'login', 'phone')
    group by token, kind, other_kind
    having count(distinct other_token) > case kind when 'phone' then 5 when 'email' then 5 when 'account' then 50 when 'login' then 50 when 'order' then 50 end
),

told as (
    select n.token, n.kind, n.other_token, n.other_kind
    from neighbours as n
    where not exists (select 1 from crowded as c where c.token = n.token)
        and not exists (select 1 from crowded as c where c.token = n.other_token)
),

personal_tokens as (
    select
        token,
        cast(row_number() over (order by token) as integer) as node
    from (
        select distinct other_token as token from told where other_kind in ('account', 'email', 'login', 'phone')
    ) as t
),

personal_links as (
    select
        a.node,
        b.node as other
    from told as t
    inner join personal_tokens as a on a.token = t.token
    inner join personal_tokens as b on b.token = t.other_token
    where t.kind in ('account', 'email', 'login', 'phone') and t.other_kind in ('account', 'email', 'login', 'phone')
),

persons as (
    select
        t.token,
        g.component as person
    from /*engine*/ (
    with recursive starts as materialized (select n.node from personal_tokens as n),
    neighbours as materialized (select e.node, e.other from personal_links as e),
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
) /*end*/ as g
    inner join personal_tokens as t on t.node = g.node
),

-- who was met at a cookie: there itself, or as the account of an order placed from it
met as (
    select token, kind, other_kind, other_token from told where kind in ('cookie', 'device')
    union all
    select o.token, o.kind, 'account of an order' as other_kind, a.other_token
    from told as o
    inner join told as a on a.token = o.other_token and a.other_kind = 'account'
    where o.kind in ('cookie', 'device') and o.other_kind = 'order'
),

shared as (
    select
        m.token,
        m.kind,
        m.other_kind,
        count(distinct p.person) as neighbour_count
    from met as m
    inner join persons as p on p.token = m.other_token
    group by m.token, m.kind, m.other_kind
    having count(distinct p.person) > 1
),

capped as (
    select token, kind, other_kind, neighbour_count, 'crowded' as reason from crowded
    union all
    select token, kind, other_kind, neighbour_count, 'shared' as reason from shared
)

select
    token,
    min(kind) as kind,
    min(reason) as reason,
    max(neighbour_count) as neighbour_count
from capped
group by token;
