{# Tables and views in one statement each. dbt-duckdb's own build beside, rename twice and drop, and plan every query
   once more to compare its columns with the contract: 60 ms a model more than its query takes (measured), where DuckDB
   replaces in a transaction anyway. #}

{% materialization table, adapter='duckdb' %}
  {%- set made = this.incorporate(type='table') -%}
  {{ run_hooks(pre_hooks) }}
  {%- do _drop_of_other_kind('table') -%}
  {%- set columns = model.columns.values() | map(attribute='name') | join(', ') -%}
  {%- set is_contracted = config.get('contract').enforced -%}
  {%- set inputs = 'null' if post_hooks else inputs_of_node() -%}
  {%- if stands(inputs) -%}
  {% call noop_statement('main', 'stands') -%}{%- endcall %}
  {%- else -%}
  {% call statement('main') -%}
    create or replace table {{ made }} as
    select {{ columns ~ ', * exclude (' ~ columns ~ ')' if is_contracted else '*' }} from ({{ sql }});
    {{ assert_contract(made) if is_contracted }}
    {{ note_made(inputs, table_mark(made)) }}
  {%- endcall %}
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
    create or replace view {{ made }} as ({{ sql }});
    {{ assert_contract(made) if config.get('contract').enforced }}
  {%- endcall %}
  {{ run_hooks(post_hooks) }}
  {%- do adapter.commit() -%}
  {{ return({'relations': [made]}) }}
{% endmaterialization %}

{# A model that was a view yesterday and is a table today: neither replaces the other. #}
{% macro _drop_of_other_kind(kind) %}
  {%- set existing = load_cached_relation(this) -%}
  {%- if existing is not none and existing.type != kind -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
{% endmacro %}

{# A statement that refuses what was made when names or types are not those of the contract; its transaction is rolled back. #}
{% macro assert_contract(made) -%}
  {%- set columns = [] -%}
  {%- for column in model.columns.values() -%}
    {%- do columns.append("('" ~ column.name ~ "', '" ~ column.data_type | upper ~ "')") -%}
  {%- endfor -%}
  select error('{{ model.name }}: ' || string_agg(
      case when c.column_name is null then m.column_name || ' is in no contract'
          else c.column_name || coalesce(' is ' || m.column_type, ' is missing') || ', its contract says ' || c.column_type end, '; '
  ))
  from (describe {{ made }}) as m
  full join (values {{ columns | join(', ') }}) as c (column_name, column_type) on c.column_name = m.column_name
  where m.column_type is distinct from c.column_type;
{%- endmacro %}
