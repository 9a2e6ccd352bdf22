{# The night in two phases: change tables first, which modify nothing, then each table applies its own.

   `state.watermarks` holds two rows for a table built so: what its change tables stand for (step `prepared`)
   and what it holds (step `applied`). The second moves in the transaction that applies the changes: a crash at any
   point leaves a state from which the next run gives the same. A full rebuild happens when there is no state,
   `as_of_at` went back, or the code or a contract changed. Whoever takes rows out of raw tables deletes the
   table's `applied` row, and the next run rebuilds. #}

{# Whether the schema `state` has a table. Asked of the database: dbt's cache of relations does not see what hooks make. #}
{% macro in_state(table_name) %}
  {%- if not execute -%}{{ return(false) }}{%- endif -%}
  {{ return(run_query("select 1 from information_schema.tables where table_schema = 'state' and table_name = '"
      ~ table_name ~ "'").rows | length > 0) }}
{% endmacro %}

{# A row of state.watermarks, with its relation to this run's as_of_at; none while parsing or without state. #}
{% macro watermark(model_name, step) %}
  {%- if not in_state('watermarks') -%}{{ return(none) }}{%- endif -%}
  {%- set found = run_query(
      "select load_number, cast(as_of_at as varchar) as as_of_at, code_version, mode, base,"
      ~ " as_of_at > " ~ as_of_at() ~ " as is_ahead, as_of_at = " ~ as_of_at() ~ " as is_same_day"
      ~ " from state.watermarks where model_name = '" ~ model_name ~ "' and step = '" ~ step ~ "'") -%}
  {{ return(found.rows[0] if found.rows | length else none) }}
{% endmacro %}

{# A watermark in one text: equal text, equal state. #}
{% macro _watermark_text(mark) %}
  {{ return('none' if mark is none else [mark.load_number, mark.as_of_at, mark.code_version] | join(' ')) }}
{% endmacro %}

{# How this run has to build `model_name`: {mode: full or night, applied: watermark}. #}
{% macro night_plan(model_name, code_version, schema='intermediate') %}
  {%- set applied = watermark(model_name, 'applied') -%}
  {%- set is_night = applied is not none and not flags.FULL_REFRESH and not applied.is_ahead
      and applied.code_version == code_version
      and adapter.get_relation(target.database, schema, model_name) is not none -%}
  {{ return({'mode': 'night' if is_night else 'full', 'applied': applied}) }}
{% endmacro %}

{# Post-hook of the first change table: write down what the change tables of `model_name` stand for. #}
{% macro note_prepared(model_name, code_version, events) %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- set plan = night_plan(model_name, code_version) -%}
  {%- set seen = plan.applied.load_number if plan.mode == 'night' else -1 -%}
  create schema if not exists state;
  create table if not exists state.watermarks (
      model_name varchar, step varchar, load_number bigint, as_of_at timestamp, code_version varchar, mode varchar, base varchar
  );
  delete from state.watermarks where model_name = '{{ model_name }}' and step = 'prepared';
  insert into state.watermarks
  select '{{ model_name }}', 'prepared', coalesce(max(load_number), {{ seen }}), {{ as_of_at() }}, '{{ code_version }}',
      '{{ plan.mode }}', '{{ _watermark_text(plan.applied) }}'
  from {{ events }} where load_number > {{ seen }}
{% endmacro %}

{# What a table has to apply of the change tables of `model_name`: full or night. int_sessions refuses change tables that
   were made for another day or state; another table that follows them is rebuilt. #}
{% macro prepared_mode(model_name) %}
  {%- set prepared = watermark(model_name, 'prepared') -%}
  {%- if prepared is none or not is_incremental() or prepared.mode == 'full' -%}{{ return('full') }}{%- endif -%}
  {%- set now_text = _watermark_text(watermark(model.name, 'applied')) -%}
  {%- if prepared.is_same_day and now_text in (prepared.base, _watermark_text(prepared)) -%}{{ return('night') }}{%- endif -%}
  {%- if model.name == model_name -%}
    {%- do exceptions.raise_compiler_error("The change tables of " ~ model_name ~ " were made as of " ~ prepared.as_of_at
        ~ " for another state or day: select +" ~ model_name ~ " to make them anew.") -%}
  {%- endif -%}
  {{ return('full') }}
{% endmacro %}

{# Post-hook of the table itself, in the transaction that applied the changes: move its watermark. #}
{% macro note_applied(model_name) %}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  delete from state.watermarks where model_name = '{{ model.name }}' and step = 'applied';
  insert into state.watermarks
  select '{{ model.name }}', 'applied', load_number, least(as_of_at, {{ as_of_at() }}), code_version, mode, base
  from state.watermarks where model_name = '{{ model_name }}' and step = 'prepared'
{% endmacro %}

{# The strategy `night`: the query gives rows with op 'put' or 'del'; every key in them goes, what is put comes. A table that
   follows another has its keys go by that one's change table (`meta.gone`), and all its rows are put. In full mode the
   table is replaced as a whole. `meta.clustered_by` bounds the delete literally: zone maps prune. #}
{% macro get_incremental_night_sql(arg_dict) %}
  {%- set rows = arg_dict['temp_relation'] -%}
  {%- set target_relation = arg_dict['target_relation'] -%}
  {%- set key = config.require('unique_key') -%}
  {%- set meta = config.require('meta') -%}
  {%- set gone = ref(meta.gone) if meta.gone else rows -%}
  {%- set columns = adapter.get_columns_in_relation(rows) | map(attribute='name') | reject('equalto', 'op') | join(', ') -%}
  {%- if prepared_mode(meta.get('follows', model.name)) == 'full' -%}
  create or replace table {{ target_relation }} as select {{ columns }} from {{ rows }}
  {%- else -%}
  {%- set first = run_query("select cast(min(" ~ meta.clustered_by ~ ") as varchar) as first from " ~ gone).rows[0].first -%}
  {%- if first is none -%}
  select 1
  {%- else -%}
  delete from {{ target_relation }}
  where {{ meta.clustered_by }} >= timestamp '{{ first }}' and {{ key }} in (select {{ key }} from {{ gone }});
  insert into {{ target_relation }} ({{ columns }}) select {{ columns }} from {{ rows }}{{ " where op = 'put'" if not meta.gone }}
  {%- endif -%}
  {%- endif -%}
{% endmacro %}
