{# The current rows of a raw table, as of `as_of_at`: what a staging model reads.
   Event tables: all rows that lost no conflict of key. Others: the latest version of each key,
   between equal versions the larger content hash. Rows of a later time are held back. #}
{% macro rows_of(source_name, table_name) -%}
{%- set relation = source(source_name, table_name) -%}
{%- set rows = unrestricted(relation, source_name, table_name) -%}
{%- if extract_of(source_name, table_name).get('kind', 'events') == 'events' -%}
(
    select r.*
    from {{ rows }} as r
    where (r._time < {{ as_of_at() }} or r._time is null)
        and r._row not in (select s._row from {{ superseded(relation) }} as s)
)
{%- else -%}
(
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from {{ rows }} as r
        where (r._version < {{ as_of_at() }} or r._version is null)
            and (r._time < {{ as_of_at() }} or r._time is null)
    ) as v
    where v._rank = 1
)
{%- endif -%}
{%- endmacro %}

{# The table of rows that lost a conflict of key in an event table. #}
{% macro superseded(relation) -%}
  {{ relation.database }}.{{ relation.schema }}.{{ relation.identifier }}__superseded
{%- endmacro %}

{# `extract` of a table's contract; empty while parsing. #}
{% macro extract_of(source_name, table_name) %}
  {%- if not execute -%}{{ return({}) }}{%- endif -%}
  {%- set table = graph.sources.values()
      | selectattr('source_name', 'equalto', source_name) | selectattr('name', 'equalto', table_name) | first -%}
  {{ return(table.config.get('meta', {}).get('extract', {})) }}
{% endmacro %}

{# An entity: the same columns from every active pack that fills it, typed by _entities.yml; empty when none does. #}
{% macro union_of(entity) -%}
{%- set packs = [] -%}
{%- for pack, entities in (var('packs') or {}).items() if entity in entities -%}
  {%- do packs.append(pack) -%}
{%- endfor -%}
{%- for pack in packs | sort %}
{% if not loop.first %}union all
{% endif -%}
select
{{ typed_columns() }}
from {{ ref('stg_' ~ pack ~ '__' ~ entity) }}
{%- else %}
select
{{ typed_columns(empty=true) }}
where false
{%- endfor %}
{%- endmacro %}

{# Whether no other active pack fills the entity: for a source that tells it at second hand. #}
{% macro is_only_pack_of(entity, pack) -%}
  {%- set others = [] -%}
  {%- for other, entities in (var('packs') or {}).items() if other != pack and entity in entities -%}
    {%- do others.append(other) -%}
  {%- endfor -%}
  {{- 'false' if others else 'true' -}}
{%- endmacro %}

{# The columns of the model at hand, each cast to the type that its YAML states. #}
{% macro typed_columns(empty=false) -%}
{%- for column in model.columns.values() %}
    cast({{ 'null' if empty else column.name }} as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
{%- else %}
    1 as no_column
{%- endfor %}
{%- endmacro %}

{# What lies under an entity as the graph tells it: {models: [...], sources: [...]}, in a stable order. #}
{% macro under_entity(entity) %}
  {%- set found = {'models': [], 'sources': []} -%}
  {%- for pack, entities in (var('packs') or {}).items() | sort if execute and entity in entities -%}
    {%- set todo = ['model.' ~ project_name ~ '.stg_' ~ pack ~ '__' ~ entity] -%}
    {%- for id in todo -%}
      {%- if id.startswith('source.') and graph.sources[id] not in found.sources -%}
        {%- do found.sources.append(graph.sources[id]) -%}
      {%- elif id.startswith('model.') -%}
        {%- do found.models.append(graph.nodes[id]) -%}
        {%- do todo.extend(graph.nodes[id].depends_on.nodes | reject('in', todo)) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{# What an entity is made by, in one text: another text, other code or another contract. #}
{% macro code_under(entity) %}
  {%- set under = under_entity(entity) -%}
  {%- set told = [] -%}
  {%- for node in under.models -%}{%- do told.append(node.name ~ node.raw_code) -%}{%- endfor -%}
  {%- for node in under.sources -%}
    {%- do told.append(node.schema ~ '.' ~ node.identifier ~ tojson(node.config.get('meta', {}), sort_keys=true)
        ~ tojson(node.columns, sort_keys=true)) -%}
  {%- endfor -%}
  {{ return(told | join(' ')) }}
{% endmacro %}

{# A text as an SQL literal; null for nothing. #}
{% macro quoted(text) -%}
  {%- if text is none or text is undefined -%}cast(null as varchar){%- else -%}'{{ text | string | replace("'", "''") }}'{%- endif -%}
{%- endmacro %}
