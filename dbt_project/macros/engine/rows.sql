{# Where SQL engines differ, row by row: each macro gives something to select from. #}

{# The days from one to another, both included: (day date). #}
{% macro calendar(first_date, last_date) -%}{{ adapter.dispatch('calendar', 'cx')(first_date, last_date) }}{%- endmacro %}
{% macro duckdb__calendar(first_date, last_date) -%}
/*engine*/ (
    select cast(at_midnight as date) as day
    from range(cast({{ first_date }} as timestamp), cast({{ last_date }} as timestamp) + interval 1 day, interval 1 day) as days(at_midnight)
) /*end*/
{%- endmacro %}

{# The names of all time zones that the engine knows: (zone varchar). #}
{% macro known_zones() -%}{{ adapter.dispatch('known_zones', 'cx')() }}{%- endmacro %}
{% macro duckdb__known_zones() -%}/*engine*/ (select name as zone from pg_timezone_names()) /*end*/{%- endmacro %}

{# One row per part of a separated text: every column of the relation and (part varchar). #}
{% macro split_to_rows(relation, column, separator) -%}{{ adapter.dispatch('split_to_rows', 'cx')(relation, column, separator) }}{%- endmacro %}
{% macro duckdb__split_to_rows(relation, column, separator) -%}
/*engine*/ (select r.*, unnest(string_split(r.{{ column }}, '{{ separator }}')) as part from {{ relation }} as r) /*end*/
{%- endmacro %}

{# Connected components: (node integer, component integer), where component is the smallest node in reach.
   `nodes` has `node`; `edges` has `node` and `other`, each pair both ways. Nodes are dense integers.
   With `max_hops` a node is looked for no further: also (is_deep boolean), true in components that go on beyond it, whose
   parts are named by the smallest node within reach. A chain of 10,000 takes as many rounds without. #}
{% macro components(nodes, edges, max_hops=none) -%}
{{ adapter.dispatch('components', 'cx')(nodes, edges, max_hops) }}
{%- endmacro %}
{% macro duckdb__components(nodes, edges, max_hops=none) -%}
{%- if max_hops -%}
/*engine*/ (
    with recursive starts as materialized (select n.node from {{ nodes }} as n),
    neighbours as materialized (select e.node, e.other from {{ edges }} as e),
    reached(node, component, hops) using key (node) as (
        select node, node, 0 from starts
        union
        select n.node, min(changed.component), max(changed.hops) + 1
        from reached as changed
        inner join neighbours as n on n.other = changed.node
        inner join recurring.reached as known on known.node = n.node
        where changed.component < known.component and changed.hops < {{ max_hops }}
        group by n.node
    ),
    cut as materialized (
        select r.component, k.component as other
        from reached as r
        inner join neighbours as n on n.other = r.node
        inner join reached as k on k.node = n.node
        where r.hops = {{ max_hops }} and r.component < k.component
    )
    select node, component, component in (select component from cut union select other from cut) as is_deep from reached
) /*end*/
{%- else -%}
{#- Each node is first given to its smallest neighbour, so that the rounds have a smaller graph: three quarters of the time. -#}
/*engine*/ (
    with recursive starts as materialized (select n.node from {{ nodes }} as n),
    neighbours as materialized (select e.node, e.other from {{ edges }} as e),
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
{%- endif -%}
{%- endmacro %}

{# How far nodes are from given ones: (seed integer, node integer, hops integer), a row for each seed in reach.
   `seeds` has `node`; `edges` has `node` and `other`, each pair both ways. #}
{% macro hops(seeds, edges) -%}{{ adapter.dispatch('hops', 'cx')(seeds, edges) }}{%- endmacro %}
{% macro duckdb__hops(seeds, edges) -%}
/*engine*/ (
    with recursive neighbours as materialized (select e.node, e.other from {{ edges }} as e),
    reached(seed, node, hops) using key (seed, node) as (
        select s.node, s.node, 0 from {{ seeds }} as s
        union
        select r.seed, n.other, min(r.hops) + 1
        from reached as r
        inner join neighbours as n on n.node = r.node
        where not exists (select 1 from recurring.reached as k where k.seed = r.seed and k.node = n.other)
        group by r.seed, n.other
    )
    select seed, node, hops from reached
) /*end*/
{%- endmacro %}

{# The words of texts in small letters, in order: the key, (position bigint, word varchar).
   A Chinese character is a word; a sign that ends a clause is one too. #}
{% macro words_of(relation, key, text) -%}{{ adapter.dispatch('words_of', 'cx')(relation, key, text) }}{%- endmacro %}
{% macro duckdb__words_of(relation, key, text) -%}
/*engine*/ (
    select {{ key }}, unnest(words) as word, unnest(range(len(words))) as position
    from (
        select {{ key }}, regexp_extract_all(lower(replace({{ text }}, '’', '''')), '[a-zà-öø-ÿ]+(?:''[a-z]+)?|[一-鿿]|[.,!?;。，！？；]') as words
        from {{ relation }}
    )
) /*end*/
{%- endmacro %}
