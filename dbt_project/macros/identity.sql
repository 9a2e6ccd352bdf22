{# The rules of identity. #}

{# Kinds that stand for a person; a cookie, a device or an order may be used by several. #}
{% macro personal_kinds() %}
  {{ return(['account', 'email', 'login', 'phone']) }}
{% endmacro %}

{# Kinds of what people use, not of who they are: they never tie two persons together. #}
{% macro used_kinds() %}
  {{ return(['cookie', 'device']) }}
{% endmacro %}

{# At most so many tokens of a personal kind may be seen with one token of this kind: more, and it is a switchboard, a
   shared mailbox or a placeholder. A login is of one customer, whose records may stand in several systems, and twice
   in one of them; so is an order. Cookies and devices have a stricter rule: see int_identity_capped. #}
{% macro cardinality_rules() %}
  {{ return(var('identity_cardinality', {
    'phone': {'account': 5, 'email': 5, 'login': 5, 'phone': 5},
    'email': {'account': 5, 'email': 5, 'login': 5, 'phone': 5},
    'account': {'account': 50, 'email': 50, 'login': 5, 'phone': 50},
    'login': {'account': 5, 'email': 50, 'login': 5, 'phone': 50},
    'order': {'account': 5, 'email': 50, 'login': 5, 'phone': 50},
  })) }}
{% endmacro %}

{# A person has at most so many tokens of personal kinds: more is a chain of mistakes. #}
{% macro person_cap() %}{{ return(var('identity_person_cap', 100)) }}{% endmacro %}

{# No two identifiers of such a person are further apart: between two stands at most an order. #}
{% macro max_hops() %}{{ return(2 * person_cap()) }}{% endmacro %}

{# Cookies, devices and guests' orders that hang together without a person: at most so many. #}
{% macro used_cap() %}{{ return(var('identity_used_cap', 5000)) }}{% endmacro %}

{# The rule of an edge that says: the record `token` was merged into the record `other_token`. #}
{% macro merge_rule() %}{{ return('crm_merge') }}{% endmacro %}

{# The less of two kinds that meet: higher is weaker. #}
{% macro weakness(kind) -%}
case {{ kind }} when 'account' then 1 when 'login' then 2 when 'email' then 3 when 'phone' then 4 else 5 end
{%- endmacro %}

{# Pairs of tokens that the home's identity_deny.csv keeps apart: (token, other_token), the smaller first. #}
{% macro denied_pairs() -%}
(
    {%- for pair in var('identity_denied', []) %}
    select '{{ pair[0] }}' as token, '{{ pair[1] }}' as other_token{{ ' union all' if not loop.last }}
    {%- else %}
    select cast(null as varchar) as token, cast(null as varchar) as other_token where false
    {%- endfor %}
)
{%- endmacro %}

{# The rule of an edge that came of a comparison of values (cx identity match), not of an identifier. #}
{% macro match_rule() %}{{ return('probabilistic') }}{% endmacro %}

{# Whether such edges stand: written by cx identity, which drops what was built before. Asked of the database. #}
{% macro matches_stand() %}
  {%- if not execute -%}{{ return(false) }}{%- endif -%}
  {%- set there = run_query("select 1 from information_schema.tables where table_schema = 'landing' and table_name = 'identity_matches'") -%}
  {%- if not there.rows | length -%}{{ return(false) }}{%- endif -%}
  {{ return(run_query("select 1 from landing.identity_matches where state <> 'review' limit 1").rows | length > 0) }}
{% endmacro %}

{# Where a token of a person is seen: (entity, column, kind, time). A kind that the entity does not tell is null. #}
{% macro token_sightings() %}
  {{ return([
    ('identifiers', 'token', 'kind', 'seen_at'),
    ('identifiers', 'other_token', 'other_kind', 'seen_at'),
    ('people', 'account_token', "'account'", 'coalesce(created_at, version_at)'),
    ('accounts', 'person_account_token', "'account'", 'valid_from'),
    ('subscriptions', 'person_token', none, 'started_at'),
    ('orders', 'person_token', none, 'ordered_at'),
    ('contacts', 'person_token', none, 'opened_at'),
    ('invitations', 'person_token', none, 'sent_at'),
    ('responses', 'person_token', none, 'answered_at'),
    ('campaign_touches', 'person_token', none, 'sent_at'),
    ('consents', 'person_token', none, 'stated_at'),
    ('mentions', 'author_token', none, 'posted_at'),
    ('tasks', 'person_token', none, 'created_at'),
    ('experiment_exposures', 'unit_token', none, 'exposed_at'),
  ]) }}
{% endmacro %}

{# The public name of a person: from the token of its oldest member. #}
{% macro person_name(token) -%}
  md5('person|' || {{ token }})
{%- endmacro %}

{# The steps to a CTE `apart` (node): what has to go so that no denied pair is one person. `known` has token, kind and
   node, `known_links` node and other. A pair that is one person by other ways is a pair of seeds; each node belongs to
   the seed it is nearest to. What is as near to another goes, and where two seeds' nodes meet, the weaker of the two. #}
{% macro kept_apart(known, known_links) -%}
denied as (
    select token, other_token from {{ denied_pairs() }} as d
    union
    select other_token as token, token as other_token from {{ denied_pairs() }} as d
),

tied as (
    select node, component from {{ components(known, known_links, max_hops()) }}
),

-- tokens of pairs that are one person all the same
seeds as (
    select distinct
        a.node,
        x.component
    from denied as d
    inner join {{ known }} as a on a.token = d.token
    inner join {{ known }} as b on b.token = d.other_token
    inner join tied as x on x.node = a.node
    inner join tied as y on y.node = b.node
    where x.component = y.component
),

torn_links as (
    select l.node, l.other
    from {{ known_links }} as l
    inner join tied as t on t.node = l.node
    where exists (select 1 from seeds as s where s.component = t.component)
),

distances as (
    select seed, node, hops from {{ hops('seeds', 'torn_links') }}
),

cells as (
    select
        d.node,
        min(d.seed) as seed,
        count(*) as seed_count
    from distances as d
    inner join (
        select node, min(hops) as hops from distances group by node
    ) as n on n.node = d.node and n.hops = d.hops
    group by d.node
),

meeting as (
    select
        l.node,
        l.other,
        case when c.seed = l.node then 0 else {{ weakness('k.kind') }} end as weakness,
        case when o.seed = l.other then 0 else {{ weakness('m.kind') }} end as other_weakness
    from torn_links as l
    inner join cells as c on c.node = l.node
    inner join cells as o on o.node = l.other
    inner join {{ known }} as k on k.node = l.node
    inner join {{ known }} as m on m.node = l.other
    where c.seed_count = 1 and o.seed_count = 1 and c.seed <> o.seed
),

apart as (
    select node from cells where seed_count > 1
    union
    select node from meeting
    where weakness > other_weakness or (weakness = other_weakness and weakness > 0 and node > other)
)
{%- endmacro %}
