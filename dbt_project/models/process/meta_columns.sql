-- Each column of each mart and process table as its contract states it: the data dictionary, beside the data.
{%- set models = [] %}
{%- if execute %}
{%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | sort(attribute='name')
    if node.config.schema in ('marts', 'process') %}
{%- do models.append(node) %}
{%- endfor %}
{%- endif %}
with columns as (
{%- for node in models %}
{%- set outer = loop %}
{%- for column in node.columns.values() %}
    select {{ quoted(node.config.schema) }} as layer, {{ quoted(node.name) }} as table_name,
        {{ quoted(node.config.group) }} as topic, {{ loop.index }} as position, {{ quoted(column.name) }} as column_name,
        {{ quoted(column.data_type) }} as data_type, {{ quoted(column.description) }} as description,
        {{ quoted(column.config.get('meta', {}).get('unit')) }} as unit,
        {{ quoted(node.config.get('meta', {}).get('purpose')) }} as purpose
    {{- ' union all' if not (loop.last and outer.last) }}
{%- endfor %}
{%- else %}
    select '' as layer, '' as table_name, '' as topic, 0 as position, '' as column_name, '' as data_type,
        '' as description, '' as unit, '' as purpose
    where false
{%- endfor %}
)

select
    layer,
    table_name,
    topic,
    position,
    column_name,
    data_type,
    description,
    unit,
    purpose
from columns
