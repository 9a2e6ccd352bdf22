{# Tables and views in one statement each. dbt-duckdb's own build beside, rename twice and drop, and plan every query
   once more to compare its columns with the contract: 60 ms a model more than its query takes (measured), where DuckDB
   replaces in a transaction anyway. #}

{% materialization table, adapter='duckdb' %}
  {%- set made = this.incorporate(type='table') -%}
  {{ run_hooks(pre_hooks) }}
  {%- do _drop_of_other_kind('table') -%}
  {%- set columns = model.columns.values() | map(attribute='name') | join(', ') -%}
  {%- set is_contracted = config.get('contract').enforced -%}
  {%- set inputs = none if post_hooks else inputs_of_node() -%}
  {%- if stands(inputs) -%}
  {% call noop_statement('main', 'stands') -%}{%- endcall %}
  {%- else -%}
  {% call statement('main') -%}
    create or replace table {{ made }} as
    select {{ columns ~ ', * exclude (' ~ columns ~ ')' if is_contracted else '*' }} from ({{ sql }})
  {%- endcall %}
  {%- if is_contracted -%}{%- do _assert_contract(made) -%}{%- endif -%}
  {%- do note_made(inputs, table_mark(made)) -%}
  {%- endif -%}
  {{ run_hooks(post_hooks) }}
  {%- do adapter.commit() -%}
  {{ return({'relations': [made]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
  {%- set made = this.incorporate(type='view') -%}
  {{ run_hooks(pre_hooks) }}
  {%- do _drop_of_other_kind('view') -%}
  {% call statement('main') -%}
    create or replace view {{ made }} as ({{ sql }})
  {%- endcall %}
  {%- if config.get('contract').enforced -%}{%- do _assert_contract(made) -%}{%- endif -%}
  {{ run_hooks(post_hooks) }}
  {%- do adapter.commit() -%}
  {{ return({'relations': [made]}) }}
{% endmaterialization %}

{# A model that was a view yesterday and is a table today: neither replaces the other. #}
{% macro _drop_of_other_kind(kind) %}
  {%- set existing = load_cached_relation(this) -%}
  {%- if existing is not none and existing.type != kind -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
{% endmacro %}

{# Refuse what was made when names or types are not those of the contract; its transaction is rolled back. #}
{% macro _assert_contract(made) %}
  {%- set told = run_query("select column_name, data_type from duckdb_columns() where database_name = '" ~ made.database
      ~ "' and schema_name = '" ~ made.schema ~ "' and table_name = '" ~ made.identifier ~ "'").rows -%}
  {%- set types = {} -%}
  {%- for row in told -%}{%- do types.update({row.column_name: row.data_type}) -%}{%- endfor -%}
  {%- set wrong = [] -%}
  {%- for name in types if name not in model.columns -%}{%- do wrong.append(name ~ " is in no contract") -%}{%- endfor -%}
  {%- for column in model.columns.values() if types[column.name] != column.data_type | upper -%}
    {%- do wrong.append(column.name ~ " is " ~ types[column.name] ~ ", its contract says " ~ column.data_type | upper) -%}
  {%- endfor -%}
  {%- if wrong -%}{%- do exceptions.raise_compiler_error(model.name ~ ": " ~ wrong | join('; ')) -%}{%- endif -%}
{% endmacro %}
