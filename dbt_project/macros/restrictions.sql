{# Restriction of processing (GDPR, article 18): rows are kept, and no model sees them.

   `landing.restrictions` holds the identifiers (tokens: kind '', plain ids: kind '<source>.<column>') of who asked for
   it; `cx subject restrict` writes it and drops what was built before. Whose row it is follows from the contract, as
   for an erasure: a restricted subject's row goes, as one whose key is made of what is restricted; elsewhere the value
   alone goes, and in a row of nobody its names with it. Without restrictions the SQL is as if there were none. #}

{# The rows of a raw table that models may see. #}
{% macro unrestricted(relation, source_name, table_name) -%}
{%- if not restrictions_stand() -%}
{{ relation }}
{%- else -%}
{%- set whose = restricted_columns(source_name, table_name) -%}
(
    select
    {%- for column in whose.columns %}
        {% if column in whose.blanked -%}
        case when {{ whose.blanked[column] }} then null else t.{{ column }} end as {{ column }}
        {%- else -%}
        t.{{ column }}
        {%- endif %},
    {%- endfor %}
        t._key,
        t._hash,
        t._version,
        t._time,
        t._row,
        t._load,
        t._line
    from {{ relation }} as t
    where not ({{ whose.goes }})
)
{%- endif -%}
{%- endmacro %}

{# How many rows of a source no model sees: SQL of one number. #}
{% macro restricted_count(source_name) -%}
{%- if not restrictions_stand() -%}
0
{%- else -%}
{%- for node in graph.sources.values() | selectattr('source_name', 'equalto', source_name) | sort(attribute='name') -%}
{{ ' + ' if not loop.first }}(
    select count(*) from {{ target.database }}.{{ node.schema }}.{{ node.identifier }} as t
    where {{ restricted_columns(source_name, node.name).goes }}
)
{%- endfor -%}
{%- endif -%}
{%- endmacro %}

{# Statements of those who objected or opted out of sale, as rows of the entity `consents`. They have no time: an
   objection stands until it is taken back (cx subject object --lift), whatever another system says. #}
{% macro refusals_on_request() -%}
select
    'request' as source,
    r.request || '/' || r.token || '/' || r.purpose as source_id,
    cast(r.since as timestamp) as version_at,
    r.token as person_token,
    r.purpose,
    'refused' as state,
    cast(null as timestamp) as stated_at,
    'statement' as basis,
    'request' as channel
from {{ target.database }}.landing.restrictions as r
where r.kind = '' and r.purpose in ('{{ consent_default() | join("', '") }}')
{%- endmacro %}

{# Whether anybody is restricted. Asked of the database: the answer may change from night to night. #}
{% macro restrictions_stand() %}
  {%- if not execute -%}{{ return(false) }}{%- endif -%}
  {%- set there = run_query("select 1 from information_schema.tables where table_schema = 'landing' and table_name = 'restrictions'") -%}
  {%- if not there.rows | length -%}{{ return(false) }}{%- endif -%}
  {{ return(run_query("select 1 from landing.restrictions where purpose = 'everything' limit 1").rows | length > 0) }}
{% endmacro %}

{# What the contract of a table says of its rows `t`: {columns, goes, blanked}. The same rules as landing/owners.py. #}
{% macro restricted_columns(source_name, table_name) %}
  {%- set table = graph.sources.values()
      | selectattr('source_name', 'equalto', source_name) | selectattr('name', 'equalto', table_name) | first -%}
  {%- set extract = table.config.get('meta', {}).get('extract', {}) -%}
  {%- set subject, key = extract.get('subject'), extract.get('key', []) -%}
  {%- set own, mentioned, names, columns = [], [], [], [] -%}
  {%- for column in table.columns.values() -%}
    {%- set pii = column.get('config', {}).get('meta', {}).get('pii') -%}
    {%- set hit = _is_restricted(column.name, '' if pii else source_name ~ '.' ~ column.name) -%}
    {%- do columns.append(column.name) -%}
    {%- if column.name == subject or (pii and column.name in key) -%}
      {%- do own.append(hit) -%}
    {%- elif pii and pii.action == 'token' and pii.kind in ['email', 'phone', 'account', 'device', 'national_id', 'card'] -%}
      {%- do mentioned.append((column.name, hit)) -%}
    {%- elif pii and pii.action == 'token' and pii.kind == 'name' -%}
      {%- do names.append(column.name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set blanked = dict(mentioned) -%}
  {%- set any_mention = mentioned | map(attribute=1) | join(' or ') or 'false' -%}
  {%- for name in names if mentioned -%}
    {%- do blanked.update({name: ('t.' ~ subject ~ ' is null' if subject else 'true') ~ ' and (' ~ any_mention ~ ')'}) -%}
  {%- endfor -%}
  {{ return({'columns': columns, 'goes': own | join(' or ') or 'false', 'blanked': blanked}) }}
{% endmacro %}

{% macro _is_restricted(column, kind) -%}
  exists (
            select 1 from {{ target.database }}.landing.restrictions as x
            where x.purpose = 'everything' and x.kind = '{{ kind }}' and x.token = cast(t.{{ column }} as varchar)
        )
{%- endmacro %}
