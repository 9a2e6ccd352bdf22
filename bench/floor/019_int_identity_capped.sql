create table intermediate."int_identity_capped" as
-- One row per token that is quarantined, with the rule that it broke and by how much. It joins nobody; and it is nobody
-- (`is_person` false) where it stands for several. Rules, in this order:
-- crowded: more tokens of one personal kind are seen with it than cardinality_rules allow for its kind;
-- denied: it ties two tokens that identity_deny.csv keeps apart: it is as near to one as to the other, or two tokens meet
-- of which each is nearer to another of them, and it is of the weaker kind; or a cookie that one of them was met at;
-- oversized: it ties accounts or logins in a person of more tokens than person_cap, or of a longer chain than such a
-- person can have; what is still too large without these falls apart, and each of its tokens is a person of its own; so
-- do cookies, devices and guests' orders that hang together in more than used_cap or in as long a chain;
-- shared: a cookie or device that more than one person logged in at, wrote an address into, or ordered from (a kiosk,
-- a family's computer), or that lies between such, where a person is what accounts, logins, addresses, phones and
-- orders say without any cookie. Its sessions belong to whoever was logged in during them.
-- Nothing here depends on when something was seen or delivered: the same edges give the same rows.

with neighbours as (
    select token, kind, other_token, other_kind from "intermediate"."int_identity_edges"
    union
    select other_token as token, other_kind as kind, token as other_token, kind as other_kind from "intermediate"."int_identity_edges"
),

counted as (
    select
        token,
        kind,
        other_kind,
        count(distinct other_token) as neighbour_count
    from neighbours
    where other_kind in ('account', 'email', 'login', 'phone')
    group by token, kind, other_kind
),

ruled as (
    select
        token,
        kind,
        other_kind,
        neighbour_count,
        case
            when kind = 'phone' and other_kind = 'account' then 5
            when kind = 'phone' and other_kind = 'email' then 5
            when kind = 'phone' and other_kind = 'login' then 5
            when kind = 'phone' and other_kind = 'phone' then 5
            when kind = 'email' and other_kind = 'account' then 5
            when kind = 'email' and other_kind = 'email' then 5
            when kind = 'email' and other_kind = 'login' then 5
            when kind = 'email' and other_kind = 'phone' then 5
            when kind = 'account' and other_kind = 'account' then 50
            when kind = 'account' and other_kind = 'email' then 50
            when kind = 'account' and other_kind = 'login' then 5
            when kind = 'account' and other_kind = 'phone' then 50
            when kind = 'login' and other_kind = 'account' then 5
            when kind = 'login' and other_kind = 'email' then 50
            when kind = 'login' and other_kind = 'login' then 5
            when kind = 'login' and other_kind = 'phone' then 50
            when kind = 'order' and other_kind = 'account' then 5
            when kind = 'order' and other_kind = 'email' then 50
            when kind = 'order' and other_kind = 'login' then 5
            when kind = 'order' and other_kind = 'phone' then 50
        end as at_most
    from counted
),

crowded as (
    select * from ruled where neighbour_count > at_most
),

told as (
    select n.token, n.kind, n.other_token, n.other_kind
    from neighbours as n
    where not exists (select 1 from crowded as c where c.token = n.token)
        and not exists (select 1 from crowded as c where c.token = n.other_token)
),

-- what persons are made of: accounts, logins, addresses, phones, and orders
known as (
    select
        token,
        min(kind) as kind,
        cast(row_number() over (order by token) as integer) as node
    from told
    where kind not in ('cookie', 'device')
    group by token
),

known_links as (
    select
        a.node,
        b.node as other
    from told as t
    inner join known as a on a.token = t.token
    inner join known as b on b.token = t.other_token
    where t.kind not in ('cookie', 'device') and t.other_kind not in ('cookie', 'device')
),

apart as (
    select node from known where false
),

members as (
    select k.token, k.kind, k.node
    from known as k
    where not exists (select 1 from apart as a where a.node = k.node)
),

member_links as (
    select l.node, l.other
    from known_links as l
    where not exists (select 1 from apart as a where a.node = l.node)
        and not exists (select 1 from apart as a where a.node = l.other)
),

clustered as (
    select
        m.token,
        m.kind,
        m.node,
        g.component,
        g.is_deep,
        count(case when m.kind in ('account', 'email', 'login', 'phone') then 1 end) over (partition by g.component) as personal_count
    from /*engine*/ (
    with recursive starts as materialized (select n.node from members as n),
    neighbours as materialized (select e.node, e.other from member_links as e),
    reached(node, component, hops) using key (node) as (
        select node, node, 0 from starts
        union
        select n.node, min(changed.component), max(changed.hops) + 1
        from reached as changed
        inner join neighbours as n on n.other = changed.node
        inner join recurring.reached as known on known.node = n.node
        where changed.component < known.component and changed.hops < 200
        group by n.node
    ),
    cut as materialized (
        select r.component, k.component as other
        from reached as r
        inner join neighbours as n on n.other = r.node
        inner join reached as k on k.node = n.node
        where r.hops = 200 and r.component < k.component
    )
    select node, component, component in (select component from cut union select other from cut) as is_deep from reached
) /*end*/ as g
    inner join members as m on m.node = g.node
),

-- in what is too large for a person: what ties accounts and logins goes
oversized as (
    select
        c.token,
        c.kind,
        c.node,
        case when not c.is_deep then c.personal_count end as personal_count,
        c.kind not in ('account', 'login') and coalesce(t.strong_count, 0) > 1 as is_tie
    from clustered as c
    left join (
        select
            t.token,
            count(distinct t.other_token) as strong_count
        from told as t
        where t.other_kind in ('account', 'login')
        group by t.token
    ) as t on t.token = c.token
    where c.is_deep or c.personal_count > 100
),

pieces as (
    select token, kind, node from oversized where not is_tie
),

piece_links as (
    select l.node, l.other
    from member_links as l
    inner join pieces as a on a.node = l.node
    inner join pieces as b on b.node = l.other
),

pieced as (
    select
        p.token,
        p.kind,
        p.node,
        g.component,
        g.is_deep,
        count(case when p.kind in ('account', 'email', 'login', 'phone') then 1 end) over (partition by g.component) as personal_count
    from /*engine*/ (
    with recursive starts as materialized (select n.node from pieces as n),
    neighbours as materialized (select e.node, e.other from piece_links as e),
    reached(node, component, hops) using key (node) as (
        select node, node, 0 from starts
        union
        select n.node, min(changed.component), max(changed.hops) + 1
        from reached as changed
        inner join neighbours as n on n.other = changed.node
        inner join recurring.reached as known on known.node = n.node
        where changed.component < known.component and changed.hops < 200
        group by n.node
    ),
    cut as materialized (
        select r.component, k.component as other
        from reached as r
        inner join neighbours as n on n.other = r.node
        inner join reached as k on k.node = n.node
        where r.hops = 200 and r.component < k.component
    )
    select node, component, component in (select component from cut union select other from cut) as is_deep from reached
) /*end*/ as g
    inner join pieces as p on p.node = g.node
),

persons as (
    select
        token,
        component as person
    from clustered
    where not is_deep and personal_count between 1 and 100
    union all
    select
        token,
        case when is_deep or personal_count > 100 then node else component end as person
    from pieced
),

-- what is used, by whom
met as (
    select
        t.token,
        t.kind,
        p.person,
        t.other_token
    from told as t
    inner join persons as p on p.token = t.other_token
    where t.kind in ('cookie', 'device') or t.kind = 'order'
),

users as (
    select
        m.token,
        min(m.kind) as kind,
        min(m.person) as person,
        count(distinct m.person) as person_count
    from met as m
    where not exists (select 1 from persons as p where p.token = m.token)
    group by m.token
),

-- cookies, devices and guests' orders that are seen with each other
used_links as (
    select
        t.token,
        t.kind,
        t.other_token
    from told as t
    where (t.kind in ('cookie', 'device') or t.kind = 'order') and (t.other_kind in ('cookie', 'device') or t.other_kind = 'order')
        and not exists (select 1 from persons as p where p.token = t.token)
        and not exists (select 1 from persons as p where p.token = t.other_token)
        and not exists (select 1 from users as u where u.token = t.token and u.person_count > 1)
        and not exists (select 1 from users as u where u.token = t.other_token and u.person_count > 1)
),

used_tokens as (
    select
        token,
        min(kind) as kind,
        cast(row_number() over (order by token) as integer) as node
    from used_links
    group by token
),

used_pairs as (
    select
        a.node,
        b.node as other
    from used_links as l
    inner join used_tokens as a on a.token = l.token
    inner join used_tokens as b on b.token = l.other_token
),

grouped as (
    select
        t.token,
        t.kind,
        u.person,
        g.component,
        g.is_deep
    from /*engine*/ (
    with recursive starts as materialized (select n.node from used_tokens as n),
    neighbours as materialized (select e.node, e.other from used_pairs as e),
    reached(node, component, hops) using key (node) as (
        select node, node, 0 from starts
        union
        select n.node, min(changed.component), max(changed.hops) + 1
        from reached as changed
        inner join neighbours as n on n.other = changed.node
        inner join recurring.reached as known on known.node = n.node
        where changed.component < known.component and changed.hops < 200
        group by n.node
    ),
    cut as materialized (
        select r.component, k.component as other
        from reached as r
        inner join neighbours as n on n.other = r.node
        inner join reached as k on k.node = n.node
        where r.hops = 200 and r.component < k.component
    )
    select node, component, component in (select component from cut union select other from cut) as is_deep from reached
) /*end*/ as g
    inner join used_tokens as t on t.node = g.node
    left join users as u on u.token = t.token
),

groups_of as (
    select
        component,
        max(case when is_deep then 1 else 0 end) as is_deep,
        count(*) as token_count,
        count(distinct person) as person_count
    from grouped
    group by component
),

between_persons as (
    select
        g.token,
        g.kind,
        o.person_count
    from grouped as g
    inner join groups_of as o on o.component = g.component
    where o.person_count > 1
        and (g.person is null or exists (
            select 1
            from used_links as l
            inner join grouped as other on other.token = l.other_token
            where l.token = g.token and other.person <> g.person
        ))
),

capped as (
    select
        token,
        kind,
        'crowded' as reason,
        'seen with at most ' || cast(at_most as varchar) || ' of kind ' || other_kind as rule,
        neighbour_count,
        false as is_person
    from crowded
    union all
    select
        k.token,
        k.kind,
        'denied' as reason,
        'kept apart by identity_deny.csv' as rule,
        cast(null as bigint) as neighbour_count,
        false as is_person
    from apart as a
    inner join known as k on k.node = a.node
    union all
    select
        token,
        kind,
        'oversized' as reason,
        'a person has at most 100 accounts, logins, e-mails and phones' as rule,
        personal_count as neighbour_count,
        false as is_person
    from oversized
    where is_tie
    union all
    select
        token,
        kind,
        'oversized' as reason,
        'a person has at most 100 accounts, logins, e-mails and phones' as rule,
        case when not is_deep then personal_count end as neighbour_count,
        true as is_person
    from pieced
    where is_deep or personal_count > 100
    union all
    select
        token,
        kind,
        'shared' as reason,
        'used by one person' as rule,
        person_count as neighbour_count,
        false as is_person
    from users
    where person_count > 1
    union all
    select
        token,
        kind,
        'shared' as reason,
        'used by one person' as rule,
        person_count as neighbour_count,
        false as is_person
    from between_persons
    union all
    select
        g.token,
        g.kind,
        'oversized' as reason,
        'at most 5000 cookies, devices and orders hang together' as rule,
        case when o.is_deep = 0 then o.token_count end as neighbour_count,
        true as is_person
    from grouped as g
    inner join groups_of as o on o.component = g.component
    where (o.is_deep = 1 or o.token_count > 5000) and g.token not in (select token from between_persons)
),

ranked as (
    select
        *,
        row_number() over (partition by token order by reason, neighbour_count desc, rule, kind) as place
    from capped
)

select
    token,
    kind,
    reason,
    rule,
    neighbour_count,
    is_person
from ranked
where place = 1;
