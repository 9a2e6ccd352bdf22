{# What stands need not be made again: a table whose parents hold what they held when it was last made, by the same code
   and, where it asks for the clock, on the same day. dbt is told beforehand which models may be another (`signed`); what
   becomes of them is seen only as they are made. A test that passed stands as long as the tables that it reads.

   `night.made` holds, for each table and each test that passed, what it was made of (`inputs`) and a mark of its rows. Whoever
   changes a table by hand, or drops it, deletes its line. Runs that say nothing of signatures make everything.

   Each statement costs dbt some 5 ms, whatever it does, and its result more: what a node is made of is told and compared in
   SQL, in statements that there are anyway. #}

{# What the node at hand is made of: SQL of a text, null where it cannot be told. #}
{% macro inputs_of_node() %}
  {%- if not var('signed', {}) or flags.FULL_REFRESH -%}{{ return('cast(null as varchar)') }}{%- endif -%}
  {%- set told = [('', var('code', ''))] + _held_by(model) -%}
  {%- set lines = [] -%}
  {%- for id, text in told -%}
    {%- do lines.append('(' ~ loop.index ~ ', ' ~ quoted(id) ~ ', ' ~ quoted(text) ~ ')') -%}
  {%- endfor -%}
  {{ return("(select case when count(coalesce(m.mark, p.told)) = count(*)"
      ~ " then md5(string_agg(coalesce(m.mark, p.told), ' ' order by p.place)) end from (values " ~ lines | join(', ')
      ~ ") as p (place, node, told) left join night.made as m on m.node = p.node)") }}
{% endmacro %}

{# What the parents of a node hold, those of a view with what that reads: (id, text) each. The text is a source's or model's
   signature; where night.made has a mark of that table, the mark counts. #}
{% macro _held_by(node) %}
  {%- set told = [('', as_of_at() if node.unique_id in var('clocks', []) else '')] -%}
  {%- for id in node.depends_on.nodes | sort -%}
    {%- set parent = graph.nodes.get(id) -%}
    {%- if parent is not none and parent.config.materialized == 'view' -%}
      {%- do told.extend(_held_by(parent)) -%}
    {%- else -%}
      {%- do told.append((id, var('signed').get(id))) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(told) }}
{% endmacro %}

{# Whether the node at hand was made of these inputs, and a table of it is there. #}
{% macro stands(inputs) %}
  {%- if not var('signed', {}) or flags.FULL_REFRESH
      or (model.resource_type == 'model' and load_cached_relation(this) is none) -%}
    {{ return(false) }}
  {%- endif -%}
  {{ return(run_query("select 1 from night.made where node = '" ~ model.unique_id ~ "' and inputs = " ~ inputs).rows
      | length > 0) }}
{% endmacro %}

{# Statements that write down what the node was made of. `inputs` and `mark` are SQL of a text. #}
{% macro note_made(inputs='null', mark="''") -%}
  {%- if var('notes', false) -%}
  delete from night.made where node = '{{ model.unique_id }}';
  insert into night.made select '{{ model.unique_id }}', {{ inputs }}, {{ mark }};
  {%- endif -%}
{%- endmacro %}

{# A mark of all rows of a table: SQL of a text. #}
{% macro table_mark(made) -%}
(select cast(count(*) as varchar) || ' ' || coalesce(cast({{ rows_mark(row_mark('t')) }} as varchar), '') from {{ made }} as t)
{%- endmacro %}

{# A test is a query, and needs no transaction: one that is not written down is asked again. #}
{% materialization test, adapter='duckdb' %}
  {%- set inputs = inputs_of_node() -%}
  {%- if stands(inputs) -%}
    {% call statement('main', fetch_result=True, auto_begin=False) -%}
      select 0 as failures, false as should_warn, false as should_error
    {%- endcall %}
  {%- else -%}
    {% call statement('main', fetch_result=True, auto_begin=False) -%}
      {{ get_test_sql(get_limit_subquery_sql(sql, config.get('limit')), config.get('fail_calc'), config.get('warn_if'),
                      config.get('error_if'), none) }}
    {%- endcall %}
    {%- if var('notes', false) -%}
    {% call statement('noted', auto_begin=False) -%}
      {%- if load_result('main').table.rows[0][0] == 0 -%}{{ note_made(inputs) }}
      {%- else -%}delete from night.made where node = '{{ model.unique_id }}'{%- endif -%}
    {%- endcall %}
    {%- endif -%}
  {%- endif -%}
  {{ return({'relations': []}) }}
{% endmaterialization %}
