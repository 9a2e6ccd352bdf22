{# The night of what persons lived through. `chg_keys` holds the persons, and the sessions, of which any row may be
   different from what the last night left: a superset is right, a subset never is. A model of the materialization `night`
   takes the rows of those keys out and puts in what its query gives for them; its query reads its parents through
   `touched`.

   `night.changes` says what chg_keys stands for: everything that changed since the state number `base`, up to `number`.
   `night.applied` says up to which number a table has come. A table that is older than `base`, was built by other code,
   or is built without chg_keys in the same run, is rebuilt whole. As long as one has not come to `number`, the next
   chg_keys holds the former one too: a crash loses nothing, whatever comes between. #}

{# Which code the night runs; empty where the run does not say, and then everything is rebuilt. #}
{% macro _night_code() %}{{ return(var('code', '')) }}{% endmacro %}

{% macro in_night(table_name) %}
  {%- if not execute -%}{{ return(false) }}{%- endif -%}
  {{ return(run_query("select 1 from information_schema.tables where table_schema = 'night' and table_name = '"
      ~ table_name ~ "'").rows | length > 0) }}
{% endmacro %}

{# How chg_keys has to be made: {mode: full or night, number, base}. #}
{% macro changes_plan() %}
  {%- set from_nothing = {'mode': 'full', 'number': 1, 'base': 1} -%}
  {%- if not in_night('changes') -%}{{ return(from_nothing) }}{%- endif -%}
  {%- set found = run_query("select number, base, code, as_of_at > " ~ as_of_at() ~ " as is_ahead from night.changes").rows -%}
  {%- if not found | length -%}{{ return(from_nothing) }}{%- endif -%}
  {%- set last = found[0] -%}
  {%- set whole = run_query("select 1 from night.arrived where kind = 'all'").rows | length -%}
  {%- if flags.FULL_REFRESH or whole or last.is_ahead or last.code != _night_code() or not _night_code()
      or adapter.get_relation(target.database, 'intermediate', 'chg_keys') is none -%}
    {{ return({'mode': 'full', 'number': last.number + 1, 'base': last.number + 1}) }}
  {%- endif -%}
  {%- set behind = run_query("select 1 from night.applied where number >= " ~ last.base ~ " and number < " ~ last.number).rows
      | length > 0 -%}
  {{ return({'mode': 'night', 'number': last.number + 1, 'base': last.base if behind else last.number,
             'keeps_former': behind}) }}
{% endmacro %}

{# Post-hook of chg_sessions: the keys that its changes touch wait for chg_keys. #}
{% macro note_arrived() %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  create schema if not exists night;
  create table if not exists night.arrived (kind varchar, key varchar);
  {%- if night_plan('int_sessions', sessions_version()).mode == 'full' %}
  delete from night.arrived;
  insert into night.arrived values ('all', null)
  {%- else %}
  insert into night.arrived
  select 'session', session_id from {{ this }}
  union
  select 'token', visitor_token from {{ this }}
  union
  select 'token', login_token from {{ this }} where login_token is not null
  union
  select 'token', visitor_token from {{ ref('chg_visitors') }}
  {%- endif %}
{% endmacro %}

{# Post-hook of chg_keys, in its transaction: what it stands for, and what the next one will be compared with. #}
{% macro note_changes() %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- set plan = changes_plan() -%}
  create schema if not exists night;
  create table if not exists night.applied (model_name varchar, number bigint);
  create or replace table night.changes as
  select {{ plan.number }} as number, {{ plan.base }} as base, {{ as_of_at() }} as as_of_at, '{{ _night_code() }}' as code,
      '{{ invocation_id }}' as invocation;
  create or replace table night.arrived (kind varchar, key varchar);
  create or replace table night.token_persons as select token, person_id from {{ ref('int_person_tokens') }};
  create or replace table night.person_marks as select person_id, mark from {{ ref('int_person_marks') }}
{% endmacro %}

{# How the model at hand has to be built: full or night. #}
{% macro night_mode() %}
  {%- if flags.FULL_REFRESH or not in_night('changes')
      or adapter.get_relation(target.database, model.schema, model.name) is none -%}{{ return('full') }}{%- endif -%}
  {%- set found = run_query("select 1 from night.changes as c inner join night.applied as a on a.number >= c.base"
      ~ " where a.model_name = '" ~ model.name ~ "' and c.invocation = '" ~ invocation_id ~ "'").rows -%}
  {{ return('night' if found | length else 'full') }}
{% endmacro %}

{# The keys of tonight that are of one of these kinds: a subquery. #}
{% macro changed_keys(kinds) -%}
(select key from {{ ref('chg_keys') }} where kind in ('{{ kinds | join("', '") }}'))
{%- endmacro %}

{# The rows of a parent that the model at hand has to read: in a night those of the keys that it takes out. #}
{% macro touched(relation) -%}
  {%- do ref('chg_keys') -%}
  {%- if night_mode() == 'full' -%}{{ relation }}
  {%- else -%}
(select r.* from {{ relation }} as r where r.{{ config.require('meta').key }} in {{ changed_keys(config.require('meta').changed) }})
  {%- endif -%}
{%- endmacro %}

{% materialization night, adapter='duckdb' %}
  {%- set made = this.incorporate(type='table') -%}
  {%- set columns = model.columns.values() | map(attribute='name') | join(', ') if config.get('contract').enforced else '' -%}
  {%- set selected = columns ~ ', * exclude (' ~ columns ~ ')' if columns else '*' -%}
  {{ run_hooks(pre_hooks) }}
  {%- do _drop_of_other_kind('table') -%}
  {%- set mark = "'" ~ invocation_id ~ "'" -%}
  {%- if night_mode() == 'full' -%}
    {% call statement('main') -%}
      create or replace table {{ made }} as
      select {{ selected }} from ({{ sql }});
      {{ assert_contract(made) if columns }}
      {{ note_made(mark=mark) }}
    {%- endcall %}
  {%- else -%}
    {%- set meta = config.require('meta') -%}
    {% call statement('main') -%}
      create or replace temp table {{ model.name }}__put as
      select {{ selected }} from ({{ sql }});
      delete from {{ made }} where {{ meta.key }} in {{ changed_keys(meta.changed) }};
      insert into {{ made }} by name select * from {{ model.name }}__put;
      drop table {{ model.name }}__put;
      {{ assert_contract(made) if columns }}
      {% if run_query("select 1 from " ~ changed_keys(meta.changed) ~ " as k limit 1").rows | length -%}
      {{ note_made(mark=mark) }}
      {%- endif %}
    {%- endcall %}
  {%- endif -%}
  {%- if in_night('changes') -%}
    {%- do run_query("delete from night.applied where model_name = '" ~ model.name ~ "'") -%}
    {%- do run_query("insert into night.applied select '" ~ model.name ~ "', number from night.changes") -%}
  {%- endif -%}
  {{ run_hooks(post_hooks) }}
  {%- do adapter.commit() -%}
  {{ return({'relations': [made]}) }}
{% endmaterialization %}
