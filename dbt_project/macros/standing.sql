{# What stands need not be made again: a table whose parents hold what they held when it was last made, by the same code
   and, where it asks for the clock, on the same day. dbt is told beforehand which models may be another (`signed`); what
   becomes of them is seen only as they are made. A test that passed stands as long as the tables that it reads.

   `night.made` holds, for each table and each test that passed, what it was made of (`inputs`) and a mark of its rows. Whoever
   changes a table by hand, or drops it, deletes its line. Runs that say nothing of signatures make everything. #}

{# What the node at hand is made of, in one text; none where it cannot be told. #}
{% macro inputs_of_node() %}
  {%- set signed = var('signed', {}) -%}
  {%- if not execute or not signed or flags.FULL_REFRESH -%}{{ return(none) }}{%- endif -%}
  {%- set made = {} -%}
  {%- for row in run_query("select node, mark from night.made").rows -%}{%- do made.update({row.node: row.mark}) -%}{%- endfor -%}
  {%- set told = [var('code', '')] -%}
  {%- if model.unique_id in var('clocks', []) -%}{%- do told.append(as_of_at()) -%}{%- endif -%}
  {%- for parent in model.depends_on.nodes | sort -%}{%- do told.append(_held_by(parent, made, signed)) -%}{%- endfor -%}
  {{ return(none if none in told else local_md5(told | join(' '))) }}
{% endmacro %}

{# What a parent holds, in one text: a source's signature, a table's mark, what a view reads. #}
{% macro _held_by(id, made, signed) %}
  {%- if id in made -%}{{ return(made[id]) }}{%- endif -%}
  {%- set node = graph.nodes.get(id) -%}
  {%- if node is none or node.config.materialized != 'view' -%}{{ return(signed.get(id)) }}{%- endif -%}
  {%- set told = [as_of_at() if id in var('clocks', []) else ''] -%}
  {%- for parent in node.depends_on.nodes | sort -%}{%- do told.append(_held_by(parent, made, signed)) -%}{%- endfor -%}
  {{ return(none if none in told else '(' ~ told | join(' ') ~ ')') }}
{% endmacro %}

{# Whether the node at hand was made of these inputs, and a table of it is there. #}
{% macro stands(inputs) %}
  {%- if inputs is none or (model.resource_type == 'model' and load_cached_relation(this) is none) -%}
    {{ return(false) }}
  {%- endif -%}
  {{ return(run_query("select 1 from night.made where node = '" ~ model.unique_id ~ "' and inputs = '" ~ inputs ~ "'").rows
      | length > 0) }}
{% endmacro %}

{# Write down what the node was made of, in the transaction that made it. `mark` is SQL of a text. #}
{% macro note_made(inputs, mark="''") %}
  {%- if not in_night('made') -%}{{ return('') }}{%- endif -%}
  {%- do run_query("delete from night.made where node = '" ~ model.unique_id ~ "'") -%}
  {%- do run_query("insert into night.made select '" ~ model.unique_id ~ "', " ~ quoted(inputs) ~ ", " ~ mark) -%}
{% endmacro %}

{# A mark of all rows of a table: SQL of a text. #}
{% macro table_mark(made) -%}
(select cast(count(*) as varchar) || ' ' || coalesce(cast({{ rows_mark(row_mark('t')) }} as varchar), '') from {{ made }} as t)
{%- endmacro %}

{% materialization test, adapter='duckdb' %}
  {%- set inputs = inputs_of_node() -%}
  {%- if stands(inputs) -%}
    {% call statement('main', fetch_result=True) -%}
      select 0 as failures, false as should_warn, false as should_error
    {%- endcall %}
  {%- else -%}
    {% call statement('main', fetch_result=True) -%}
      {{ get_test_sql(get_limit_subquery_sql(sql, config.get('limit')), config.get('fail_calc'), config.get('warn_if'),
                      config.get('error_if'), none) }}
    {%- endcall %}
    {%- if load_result('main').table.rows[0][0] == 0 -%}{%- do note_made(inputs) -%}
    {%- elif in_night('made') -%}{%- do run_query("delete from night.made where node = '" ~ model.unique_id ~ "'") -%}{%- endif -%}
    {%- do adapter.commit() -%}
  {%- endif -%}
  {{ return({'relations': []}) }}
{% endmaterialization %}
